import { describe, expect, it } from "vitest";
import { referenceBackend } from "../../src/backend/reference.js";
import { chooseScales, type Room } from "../../src/calibration/choose.js";
import { documentsOf } from "../../src/inventory/take.js";
import { recipeOf } from "../../src/model/architectures/recipe-of.js";
import { deviation } from "../../src/numeric/metrics.js";
import { collect } from "../../src/runner/collect.js";
import { formOf } from "../../src/runner/forward/layer.js";
import { runModel } from "../../src/runner/forward/run.js";
import { type CacheChoice, unscaled } from "../../src/runner/forward/stream.js";
import { attendThrough } from "../../src/runner/forward/through-cache.js";
import { biasedModel } from "../support/model/key-biases.js";
import { checkpointOf, quietIo } from "../support/model/made-up.js";
import { LLAMA, llamaTensors, TOKENS } from "../support/model/small-llama.js";

const MODELS = {
  "a Llama": () => checkpointOf(LLAMA, llamaTensors()),
  "a Qwen2 with large K biases": () => biasedModel([1, 2], 200),
};

describe.each(Object.entries(MODELS))("scales that are searched for %s", (_, modelOf) => {
  it.each([
    ["tensor", "float8_e4m3fn"],
    ["head", "float8_e4m3fn"],
    ["tensor", "float8_e4m3fnuz"],
    ["tensor", "float8_e5m2"],
  ] as const)(
    "per %s in %s lose no more at any layer than those of the largest value",
    async (granularity, format) => {
      const { layers, better } = await errorsOf(await modelOf(), {
        granularity,
        format,
        share: 1,
        margin: 0,
      });
      for (const { max, mse } of layers) expect(mse).toBeLessThanOrEqual(max * (1 + 1e-9));
      expect(better).toBeGreaterThan(0);
    },
  );
});

/** Relative error of each layer's attention output, on what calibration captures, under either kind of scales. */
async function errorsOf({ source, inventory }: Awaited<ReturnType<typeof biasedModel>>, search: Room) {
  const names = new Set(inventory.shards.flatMap(({ header }) => [...header.tensors.keys()]));
  const recipe = recipeOf(documentsOf(inventory).config!, names);
  const sequences = TOKENS.map((ids) => Int32Array.from(ids));
  const job = {
    source,
    inventory,
    recipe,
    sequences,
    precision: "float32",
    backend: referenceBackend,
  } as const;
  const { layers: statistics, searched } = await collect({ ...job, search }, quietIo);
  const layers: { max: number; mse: number }[] = [];
  const streams = [{ name: "exact", cacheOf: () => unscaled("float32") }];
  await runModel(
    {
      ...job,
      streams,
      withoutHead: true,
      observe: async (layer, seen, batch) => {
        const form = formOf({ layer, recipe });
        const through = (choice: CacheChoice) =>
          attendThrough(choice, seen, form, batch, referenceBackend, quietIo.signal);
        const exact = await through(unscaled("float32"));
        const errorOf = async ({ k, v }: { k: Float32Array; v: Float32Array }) => {
          const kept = (scales: Float32Array) => ({ type: search.format, scales });
          const found = await through({ k: kept(k), v: kept(v), writer: "cuda" });
          return deviation(exact, found).relativeL2;
        };
        const at = layers.length;
        layers.push({
          max: await errorOf(chooseScales(statistics[at]!, search, "model")),
          mse: await errorOf(searched[at]!),
        });
      },
    },
    quietIo,
  );
  return { layers, better: layers.filter(({ max, mse }) => mse < max).length };
}
