import { describe, expect, it } from "vitest";
import type { referenceBackend } from "../../src/backend/reference.js";
import { ATTENTION_CASES } from "./attention-cases.js";
import { runCase } from "./backend-suite.js";
import { DEFECTS, mutant } from "./mutants.js";

// The sweeps over sizes add seconds here and no defect.
const SWEEPS = /^\d+ keys$|^head size|^latent|^pages of|^\d+ query heads|^layout|^cache of|fill$/;
const CASES = ATTENTION_CASES.filter(([name]) => !SWEEPS.test(name));

describe.each(["float32", "bfloat16-dot"] as const)("the suite with the tolerance of %s", (arithmetic) => {
  it.each(Object.entries(DEFECTS))("notices: %s", async (_, defect) => {
    expect(await firstFailure(mutant(defect, arithmetic))).toBeDefined();
  });

  it("notices nothing where there is no defect", async () => {
    expect(await firstFailure(mutant({}, arithmetic))).toBeUndefined();
  });
});

async function firstFailure(backend: typeof referenceBackend): Promise<string | undefined> {
  for (const [name, shape] of CASES) {
    const { codesEqual, kernel } = await runCase(shape, backend);
    if (!codesEqual || !kernel.holds) return name;
  }
  return undefined;
}
