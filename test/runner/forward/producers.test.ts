import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { openRef } from "../../../src/checkpoint/open.js";
import { readInventory } from "../../../src/checkpoint/read-inventory.js";
import type { CheckpointSource } from "../../../src/checkpoint/source.js";
import type { Inventory } from "../../../src/inventory/inventory.js";
import { decodeFp8 } from "../../../src/numeric/fp8.js";
import { deviation } from "../../../src/numeric/metrics.js";
import { readNumbers } from "../../../src/tensors/values.js";
import { type Config, exactly } from "../../support/model/float64.js";
import { quietIo, type Tensor } from "../../support/model/made-up.js";
import { runCheckpoint } from "../../support/model/run-made-up.js";

const CHECKPOINTS = resolve(import.meta.dirname, "../../../../shared/data/checkpoints");
const IDS = Int32Array.from({ length: 32 }, (_, t) => (t * 53 + 7) % 256);

describe.skipIf(!existsSync(CHECKPOINTS))(
  "what real quantizers wrote, against float64 on codes times scales (skipped where ../shared is missing)",
  () => {
    it.each(["tiny-llama.autofp8", "tiny-llama.llm-compressor-fp8", "tiny-llama.modelopt-fp8"])(
      "%s",
      async (name) => {
        const folder = resolve(CHECKPOINTS, name);
        const source = await openRef(folder, quietIo);
        const inventory = await readInventory(source, quietIo);
        const config = JSON.parse(readFileSync(resolve(folder, "config.json"), "utf8")) as Config;
        const exact = exactly(config, await dequantised(source, inventory), [...IDS]);
        const { logits } = await runCheckpoint({ source, inventory }, [IDS]);
        const expected = exact.logits.flatMap((row) => [...row]);
        expect(deviation(expected, logits).relativeL2).toBeLessThan(2e-6);
      },
      120_000,
    );
  },
);

/** Every tensor as numbers; FP8 ones times the one scale beside them, rounded once. */
async function dequantised(source: CheckpointSource, { shards }: Inventory): Promise<Map<string, Tensor>> {
  const read = new Map<
    string,
    { readonly shape: number[]; readonly dtype: string; readonly values: number[] }
  >();
  for (const { path, header } of shards) {
    for (const { name, dtype, shape, begin, end } of header.tensors.values()) {
      const [bytes] = await source.read(path, [[begin, end]], quietIo.signal);
      const fp8 = dtype === "F8_E4M3";
      const values = fp8
        ? Array.from(bytes!, (code) => decodeFp8(code, "float8_e4m3fn"))
        : readNumbers(dtype, bytes!);
      read.set(name, { shape: shape.map(Number), dtype, values });
    }
  }
  return new Map(
    [...read].map(([name, { shape, dtype, values }]) => {
      const scale = dtype === "F8_E4M3" ? read.get(`${name}_scale`)!.values[0]! : 1;
      return [name, { shape, values: Float32Array.from(values, (value) => value * scale) }];
    }),
  );
}
