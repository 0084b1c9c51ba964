import { describe, expect, it } from "vitest";
import { deviation } from "../../../src/numeric/metrics.js";
import {
  ARCHITECTURES,
  GEMMA3,
  SIZES,
  sequencesOf,
  tensorsOf,
} from "../../support/model/architecture-cases.js";
import { type Config, exactly } from "../../support/model/float64.js";
import { checkpointOf, randomTensors, storedF32 } from "../../support/model/made-up.js";
import { runCheckpoint } from "../../support/model/run-made-up.js";
import { shapesOf } from "../../support/model/shapes.js";

describe("architectures, against a float64 forward pass that shares nothing with the recipes", () => {
  it.each(ARCHITECTURES)("%s", async (_, config, lengths) => {
    const tensors = tensorsOf(config);
    const sequences = sequencesOf(lengths, config.vocab_size);
    const { run, logits } = await runCheckpoint(await checkpointOf(config, storedF32(tensors)), sequences);
    const exact = sequences.map((ids) => exactly(config, tensors, [...ids]));
    const expected = exact.flatMap((one) => one.logits.flatMap((row) => [...row]));
    expect(deviation(expected, logits).relativeL2).toBeLessThan(5e-6);
    for (const role of ["k", "v"] as const) {
      for (const [layer, { reach }] of run.layers.entries()) {
        const peaks = exact[0]![role][layer]!.map((_peak, head) =>
          Math.max(...exact.map((one) => one[role][layer]![head]!)),
        );
        for (const [head, peak] of peaks.entries())
          expect(Math.abs(reach[role][head]! / peak - 1)).toBeLessThan(3e-6);
      }
    }
  });

  it.each([
    ["gemma3 within its wrapper", GEMMA3, "gemma3", "language_model.model.", ""],
    ["gemma3 within its wrapper, transformers 5", GEMMA3, "gemma3", "model.language_model.", ""],
    [
      "llama within llava",
      { ...SIZES, model_type: "llama" },
      "llava",
      "language_model.model.",
      "language_model.",
    ],
    [
      "llama within llava, transformers 5",
      { ...SIZES, model_type: "llama" },
      "llava",
      "model.language_model.",
      "",
    ],
    ["llama within idefics3", { ...SIZES, model_type: "llama" }, "idefics3", "model.text_model.", ""],
  ] as const)("%s", async (_, text, wrapper, prefix, head) => {
    const config: Config = text.model_type === "llama" ? text : { ...text, rope_local_base_freq: 100 };
    const tensors = randomTensors(shapesOf(config, prefix), 11);
    const ids = sequencesOf([15], config.vocab_size);
    const stored = storedF32(tensors);
    const output = stored.get("lm_head.weight");
    if (output !== undefined && head !== "") {
      stored.delete("lm_head.weight");
      stored.set(`${head}lm_head.weight`, output);
    }
    stored.set("vision_tower.embeddings.weight", { dtype: "F32", shape: [1], bytes: new Uint8Array(4) });
    const checkpoint = await checkpointOf({ model_type: wrapper, text_config: config }, stored);
    const { logits } = await runCheckpoint(checkpoint, ids);
    const expected = exactly(config, tensors, [...ids[0]!], prefix).logits.flatMap((row) => [...row]);
    expect(deviation(expected, logits).relativeL2).toBeLessThan(5e-6);
  });
});
