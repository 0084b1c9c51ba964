/** One forward pass of a checkpoint, for `model.ts`, as a process of its own: prints tokens per second and its peak memory. */

import { selectBackend } from "../../src/backend/select.js";
import { openRef } from "../../src/checkpoint/open.js";
import { readInventory } from "../../src/checkpoint/read-inventory.js";
import type { Precision } from "../../src/model/ops.js";
import { runnableRecipe } from "../../src/operations/runnable.js";
import { comparisonStream } from "../../src/runner/candidates.js";
import { runModel } from "../../src/runner/forward/run.js";
import { unscaled } from "../../src/runner/forward/stream.js";

const [folder = "", precision = "bfloat16", tokens = "512", candidates = "0"] = process.argv.slice(2);
const io = { emit: () => {}, signal: new AbortController().signal };
const source = await openRef(folder, io);
const inventory = await readInventory(source, io);
const recipe = runnableRecipe(source, inventory);
const { backend } = await selectBackend("cpu", { precise: precision === "float32" });
const ids = Int32Array.from({ length: Number(tokens) }, (_, at) => (at * 7919) % recipe.vocabulary);
const choices = { reference: "bfloat16", format: "float8_e4m3fn", writer: "cuda" } as const;
const others = Array.from({ length: Number(candidates) }, () => comparisonStream("recalibrated", choices));
const streams = [{ name: "16-bit", cacheOf: () => unscaled("bfloat16") }, ...others];
const begin = performance.now();
const task = {
  source,
  inventory,
  recipe,
  sequences: [ids],
  streams,
  precision: precision as Precision,
  backend,
};
const { figures } = await runModel(task, io);
const seconds = (performance.now() - begin) / 1000;
if (Number.isNaN(figures?.nll[0])) throw new Error("the pass computed NaN");
const memory = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ tokensPerSecond: Number(tokens) / seconds, seconds, mebibytes: memory }));
