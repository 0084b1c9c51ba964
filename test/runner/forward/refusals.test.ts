import { describe, expect, it } from "vitest";
import { decodeFp8 } from "../../../src/numeric/fp8.js";
import { encodeHalves } from "../../../src/numeric/half-arrays.js";
import { deviation } from "../../../src/numeric/metrics.js";
import { quantise } from "../../../src/numeric/quantise.js";
import { type Config, exactly } from "../../support/model/float64.js";
import {
  checkpointOf,
  randomTensors,
  type Stored,
  storedF32,
  type Tensor,
} from "../../support/model/made-up.js";
import { runCheckpoint } from "../../support/model/run-made-up.js";
import { shapesOf } from "../../support/model/shapes.js";

const CONFIG: Config = {
  ...{ model_type: "llama", hidden_size: 160, intermediate_size: 144, num_hidden_layers: 2, vocab_size: 40 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, rms_norm_eps: 1e-6, max_position_embeddings: 64 },
  ...{ rope_theta: 10_000, hidden_act: "silu" },
};
const IDS = [Int32Array.of(3, 1, 4, 1, 5, 9, 2, 6)];
const tensors = randomTensors(shapesOf(CONFIG, "model."), 5);
const DOWN = "model.layers.1.mlp.down_proj.weight";
const VALUES = "model.layers.1.self_attn.v_proj.weight";

const run = async (change: (stored: Map<string, Stored>) => void, config: object = CONFIG) => {
  const stored = storedF32(tensors);
  change(stored);
  return runCheckpoint(await checkpointOf(config, stored), IDS);
};
const f32 = (shape: readonly number[], values: Float32Array): Stored => {
  return { dtype: "F32", shape, bytes: new Uint8Array(values.slice().buffer) };
};
const spoilt = (name: string, value: number) => {
  const { shape, values } = tensors.get(name)!;
  return f32(shape, values.with(5, value));
};

describe("weights that cannot be used", () => {
  it.each([
    [
      "missing",
      (s: Map<string, Stored>) => void s.delete(DOWN),
      /tensor "model\.layers\.1\.mlp\.down_proj\.weight"/,
    ],
    [
      "of another shape",
      (s: Map<string, Stored>) => void s.set(DOWN, f32([144, 160], tensors.get(DOWN)!.values)),
      /expected shape \[160, 144\].*found shape \[144, 160\]/,
    ],
    [
      "integers",
      (s: Map<string, Stored>) =>
        void s.set(DOWN, { dtype: "I8", shape: [160, 144], bytes: new Uint8Array(160 * 144) }),
      /found I8/,
    ],
    [
      "FP8 without scales",
      (s: Map<string, Stored>) =>
        void s.set(DOWN, { dtype: "F8_E4M3", shape: [160, 144], bytes: new Uint8Array(160 * 144) }),
      /down_proj\.weight_scale/,
    ],
    [
      "a NaN, by its layer",
      (s: Map<string, Stored>) => void s.set(VALUES, spoilt(VALUES, Number.NaN)),
      /finite values in layer 1/,
    ],
    [
      "an infinity before, by the layer where it shows",
      (s: Map<string, Stored>) =>
        void s.set(
          "model.layers.0.mlp.down_proj.weight",
          spoilt("model.layers.0.mlp.down_proj.weight", Infinity),
        ),
      /finite keys in layer 1/,
    ],
    [
      "a NaN after the last cache",
      (s: Map<string, Stored>) => void s.set(DOWN, spoilt(DOWN, Number.NaN)),
      /finite logits/,
    ],
    [
      "an FP8 embedding",
      (s: Map<string, Stored>) =>
        void s.set("model.embed_tokens.weight", {
          dtype: "F8_E4M3",
          shape: [40, 160],
          bytes: new Uint8Array(6400),
        }),
      /embed_tokens.*FP8/,
    ],
  ])("%s", async (_, change, told) => {
    await expect(run(change)).rejects.toThrow(told);
  });
});

/** Codes of a matrix with one scale a block, and what they stand for. */
function quantised({ shape, values }: Tensor, blockRows: number, blockColumns: number) {
  const [rows, columns] = shape as [number, number];
  const across = Math.ceil(columns / blockColumns);
  const scales = new Float32Array(Math.ceil(rows / blockRows) * across).map(
    (_, at) => 0.01 + 0.003 * (at % 7),
  );
  const codes = new Uint8Array(values.length);
  const held = new Float32Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const scale = scales[Math.floor(row / blockRows) * across + Math.floor(column / blockColumns)]!;
    quantise(values.subarray(at, at + 1), scale, "float8_e4m3fn", "cuda", codes.subarray(at, at + 1));
    held[at] = decodeFp8(codes[at]!, "float8_e4m3fn") * scale;
  }
  return { codes, scales, held: { shape, values: held } };
}

describe("FP8 weights, each times its own scale", () => {
  it.each([
    ["per tensor", Infinity, Infinity, "weight_scale", () => []],
    ["per tensor, as a list of one", Infinity, Infinity, "weight_scale", () => [1]],
    ["per row", 1, Infinity, "weight_scale", (rows: number) => [rows, 1]],
    [
      "128 × 128 blocks, the last ones cut",
      128,
      128,
      "weight_scale_inv",
      (r: number, c: number) => [Math.ceil(r / 128), Math.ceil(c / 128)],
    ],
  ] as const)("%s", async (_, down, along, suffix, shapeOf) => {
    const exact = new Map(tensors);
    const change = (stored: Map<string, Stored>) => {
      for (const [name, tensor] of tensors) {
        if (!name.includes("_proj")) continue;
        const [rows, columns] = tensor.shape as [number, number];
        const { codes, scales, held } = quantised(tensor, Math.min(down, rows), Math.min(along, columns));
        exact.set(name, held);
        stored.set(name, { dtype: "F8_E4M3", shape: tensor.shape, bytes: codes });
        stored.set(name.replace(/weight$/, suffix), f32(shapeOf(rows, columns), scales));
      }
    };
    const quantization_config = {
      quant_method: "fp8",
      ...(down === 128 ? { weight_block_size: [128, 128] } : {}),
    };
    const { logits } = await run(change, { ...CONFIG, quantization_config });
    const expected = exactly(CONFIG, exact, [...IDS[0]!]).logits.flatMap((row) => [...row]);
    expect(deviation(expected, logits).relativeL2).toBeLessThan(5e-6);
  });

  it("blocks as many as there are rows are still blocks", async () => {
    const { scalesOfPart } = await import("../../../src/runner/forward/weight-scales.js");
    const part = { tensor: "w.weight", first: 0, rows: 256, of: 256, columns: 16_384 };
    const values = Float32Array.from({ length: 256 }, (_, at) => at);
    const info = { name: "w.weight_scale_inv", dtype: "F32" as const, shape: [2, 128], begin: 0, end: 1024 };
    const scales = scalesOfPart(part, { file: "m", info, values, blocks: [128, 128] });
    expect([scales.blockRows, scales.blockColumns]).toEqual([128, 128]);
  });
});

describe("16-bit weights", () => {
  it.each(["BF16", "F16"] as const)("%s is widened exactly", async (dtype) => {
    const format = dtype === "BF16" ? "bfloat16" : "float16";
    const exact = new Map(tensors);
    const change = (stored: Map<string, Stored>) => {
      for (const [name, { shape, values }] of tensors) {
        const codes = encodeHalves(values, format, new Uint16Array(values.length));
        stored.set(name, { dtype, shape, bytes: new Uint8Array(codes.buffer) });
        const wide = Float32Array.from(codes, (code) => (dtype === "BF16" ? bf16(code) : f16(code)));
        exact.set(name, { shape, values: wide });
      }
    };
    const { logits } = await run(change);
    const expected = exactly(CONFIG, exact, [...IDS[0]!]).logits.flatMap((row) => [...row]);
    expect(deviation(expected, logits).relativeL2).toBeLessThan(5e-6);
  });
});

function bf16(code: number): number {
  return new Float32Array(Uint32Array.of(code * 65_536).buffer)[0]!;
}

function f16(code: number): number {
  const [sign, exponent, fraction] = [code & 0x8000 ? -1 : 1, (code >> 10) & 31, code & 1023];
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
