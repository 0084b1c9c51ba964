import { describe, expect, it } from "vitest";
import { CHECKPOINTS } from "../../fixtures/generate.js";
import { convert } from "../../src/operations/convert.js";
import { inspect } from "../../src/operations/inspect.js";
import { strip } from "../../src/operations/strip.js";
import { checkpoint, unheard, writing } from "./desk.js";

/** From worst to best; running at 1.0 unasked is no better than leaving the cache alone. */
const WORTH = { refuses: 0, unit: 1, ignores: 1, partial: 2, loads: 3 } as const;

describe("the commands that inspect advises", () => {
  it.each(Object.keys(CHECKPOINTS))("%s: each one is accepted, and the engine fares better", async (name) => {
    const ref = checkpoint(name);
    const dry = writing("never", { dryRun: true });
    for (const { engine, verdict, remedies } of (await inspect({ ref }, unheard)).readiness) {
      for (const remedy of remedies.filter((line) => line.includes(" convert "))) {
        expect(remedy).toBe(`kvscale convert ${ref} --engine ${engine} -o OUT`);
        const { result } = await convert({ ref, engine, writing: dry }, unheard);
        const after = result.readiness[0];
        expect([engine, after && WORTH[after.verdict] > WORTH[verdict]]).toEqual([engine, true]);
      }
      for (const remedy of remedies.filter((line) => line.includes(" strip "))) {
        expect(remedy).toBe(`kvscale strip ${ref} -o OUT`);
        const { result } = await strip({ ref, writing: dry }, unheard);
        const after = result.readiness.find((ready) => ready.engine === engine);
        expect([engine, after?.verdict]).not.toEqual([engine, "refuses"]);
      }
    }
  });
});
