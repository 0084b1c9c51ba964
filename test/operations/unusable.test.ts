import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HOSTILE } from "../../fixtures/recipes/hostile-cases.js";
import { convert } from "../../src/operations/convert.js";
import { refusalOf } from "../checkpoint/refusals.js";
import { filesOf, hostile, scratch, unheard, writing } from "./desk.js";

describe("scales that no engine could use", () => {
  it.each([
    ["scales-zero", "scale-zero"],
    ["scales-nan", "scale-not-finite"],
    ["scales-infinite", "scale-not-finite"],
    ["scales-negative", "scale-negative"],
    ["scales-half", "half-pair"],
    ["scales-half-values", "half-pair"],
    ["scales-contradicting", "contradicting-scales"],
    ["scales-affine", "affine-cache"],
    ["declared-without-scales", "no-scales"],
    ["scales-refused-forms", "no-scales"],
    ["sidecar-not-a-number", "scale-not-finite"],
  ] as const)("refuses %s: %s", async (name, code) => {
    expect(Object.keys(HOSTILE)).toContain(name);
    const out = join(await scratch(), "never");
    const refusal = await refusalOf(
      convert({ ref: hostile(name), engine: "vllm", writing: writing(out) }, unheard),
    );
    expect([refusal.code, refusal.exit]).toEqual([code, "data"]);
    expect(refusal.remedy).not.toBe("");
    expect(await filesOf(join(out, ".."))).toEqual(new Map());
  });
});
