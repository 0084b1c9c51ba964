import { describe, expect, it } from "vitest";
import { companionLosses } from "../../src/scales/companions.js";
import { recognise } from "../../src/scales/recognise.js";

function losses(...names: readonly string[]) {
  return companionLosses(names.flatMap((name) => recognise(name) ?? []));
}

describe("companionLosses", () => {
  const A = "model.layers.0.self_attn";

  it("counts zero points and biases apart", () => {
    const all = losses(`${A}.k_scale`, `${A}.k_zero_point`, `${A}.v_zero_point`, `${A}.k_proj.k_bias`);
    expect(all.map(({ code, detail }) => [code, detail.slice(0, 13)])).toEqual([
      ["zero-points-dropped", "2 zero points"],
      ["zero-points-dropped", "1 biases of a"],
    ]);
  });

  it("has nothing to say where there are scales only", () => {
    expect(losses(`${A}.k_scale`, `${A}.v_scale`, `${A}.k_proj.weight`)).toEqual([]);
  });
});
