import { describe, expect, it } from "vitest";
import type { Compute } from "../../src/backend/backend.js";
import { referenceCompute } from "../../src/backend/reference-compute.js";
import { finishLogits, startLogits } from "../../src/model/logits.js";
import type { Linear, LogitSlice, RmsNorm, Rotate, WeightType } from "../../src/model/ops.js";
import { decodeRow, roundToBf16, WEIGHT_BYTES } from "../../src/model/weights.js";
import { encodeHalves } from "../../src/numeric/half-arrays.js";
import { quantise } from "../../src/numeric/quantise.js";
import { fillNormal, randomFrom } from "../../src/numeric/random.js";
import { nativeVariants } from "./native-backends.js";

const signal = new AbortController().signal;
const variants = await nativeVariants();
const computes: readonly (readonly [string, Compute])[] = [
  ["reference", referenceCompute],
  ...variants.map(([name, { compute }]) => [name, compute] as const),
];
const TYPES = Object.keys(WEIGHT_BYTES) as WeightType[];

describe.each(computes)("compute of %s", (_, compute) => {
  describe.each(["float32", "bfloat16"] as const)("linear in %s", (precision) => {
    it.each(TYPES)("of %s weights is the sum of their products, within its rounding", async (type) => {
      for (const [tokens, rows, columns] of [
        [1, 37, 515],
        [3, 5, 64],
        [29, 70, 515],
      ] as const) {
        const task = linearOf(type, tokens, rows, columns, precision);
        await compute.linear(task, signal);
        expect(worstError(task), `${tokens} × ${rows} × ${columns}`).toBeLessThan(4e-7);
      }
    });
  });

  it("norms rows", async () => {
    for (const width of [3, 64, 300])
      for (const offset of [0, 1] as const) {
        const rows = normal(7 * width, 3);
        const task: RmsNorm = { input: rows, weight: normal(width), epsilon: 1e-6, offset, output: rows };
        const exact = rows.map((value, i) => {
          const row = rows.subarray(i - (i % width), i - (i % width) + width);
          const mean = row.reduce((sum, x) => sum + x * x, 0) / width;
          return (value / Math.sqrt(mean + 1e-6)) * (offset + task.weight[i % width]!);
        });
        await compute.rmsNorm(task, signal);
        expectClose(rows, exact, 1.3e-7);
      }
  });

  it("rotates pairs of features, and no others", async () => {
    const positions = Int32Array.of(2, 0, 1);
    const shape = { heads: 2, headSize: 10, features: 6, positions };
    const task: Rotate = { ...shape, values: normal(60), cos: normal(9), sin: normal(9, 2) };
    const before = task.values.slice();
    await compute.rotate(task, signal);
    const exact = before.map((own, i) => {
      const [feature, token] = [i % 10, Math.floor(i / 20)];
      const at = positions[token]! * 3 + (feature % 3);
      if (feature >= 6) return own;
      return feature < 3
        ? own * task.cos[at]! - before[i + 3]! * task.sin[at]!
        : own * task.cos[at]! + before[i - 3]! * task.sin[at]!;
    });
    expectClose(task.values, exact, 1e-7);
  });

  it.each(["silu", "gelu", "gelu-tanh"] as const)(
    "gates by %s as the definition does",
    async (activation) => {
      const [gate, up] = [normal(3000, 4), normal(3000)];
      const [output, exact] = [new Float32Array(3000), new Float32Array(3000)];
      await compute.gate({ gate, up, activation, output }, signal);
      await referenceCompute.gate({ gate, up, activation, output: exact }, signal);
      expectClose(output, exact, 1.3e-7);
    },
  );

  it("takes up logits as the definition does, in slices of any width", async () => {
    for (const softcap of [0, 15]) {
      const exact = await figuresOf(referenceCompute, 1300, softcap);
      for (const width of [1, 511, 1300]) {
        const found = await figuresOf(compute, width, softcap);
        expect(found.top).toEqual(exact.top);
        for (const figure of ["nll", "kl"] as const)
          for (const [i, value] of found[figure].entries())
            if (!Object.is(value, exact[figure][i]))
              expect(Math.abs(value / exact[figure][i]! - 1), figure).toBeLessThan(1e-11);
      }
    }
  });

  it("lets NaN through to its own outputs, and to no others", async () => {
    for (const tokens of [2, 9]) {
      const task = linearOf("bfloat16", tokens, 5, 20, "float32");
      (task.input as Float32Array)[20 + 3] = Number.NaN; // of token 1
      await compute.linear(task, signal);
      task.output.forEach((value, i) => {
        expect(Number.isNaN(value)).toBe(Math.floor(i / 5) === 1);
      });
    }
  });

  it("refuses shapes that do not fit together", async () => {
    const task = linearOf("float32", 2, 3, 4, "float32");
    const refused = compute.linear({ ...task, output: new Float32Array(5) }, signal);
    await expect(refused).rejects.toMatchObject({ exit: "data", code: "impossible-operation" });
  });

  it("stops with the signal's reason, before and during a call", async () => {
    const reason = new Error("enough");
    const task = linearOf("bfloat16", 600, 2100, 2000, "float32");
    await expect(compute.linear(task, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const running = compute.linear(task, controller.signal);
    setTimeout(() => controller.abort(reason), 2);
    await expect(running).rejects.toBe(reason);
  });
});

describe.skipIf(variants.length === 0)(
  variants.length === 0 ? "native compute: SKIPPED, no addon was built" : "native compute",
  () => {
    it("is there for every instruction set", () => {
      expect(computes.length).toBeGreaterThan(1);
    });
  },
);

function normal(count: number, deviation = 1): Float32Array {
  return fillNormal(randomFrom(5, count + deviation), new Float32Array(count), deviation);
}

function linearOf(
  type: WeightType,
  tokens: number,
  rows: number,
  columns: number,
  precision: Linear["precision"],
): Linear {
  const scales =
    WEIGHT_BYTES[type] === 1
      ? {
          scales: {
            values: normal(Math.ceil(rows / 16) * Math.ceil(columns / 128)),
            blockRows: 16,
            blockColumns: 128,
          },
        }
      : {};
  const bytes = encoded(type, normal(rows * columns, 2));
  return {
    input: normal(tokens * columns),
    weights: { type, rows, columns, bytes, ...scales },
    bias: normal(rows),
    precision,
    output: new Float32Array(tokens * rows),
  };
}

/** Stored behind one odd byte, as files may have them. */
function encoded(type: WeightType, values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * WEIGHT_BYTES[type] + 1).subarray(1);
  if (type === "float32") bytes.set(new Uint8Array(values.buffer));
  else if (type === "float16" || type === "bfloat16")
    bytes.set(new Uint8Array(encodeHalves(values, type, new Uint16Array(values.length)).buffer));
  else quantise(values, 0.03, type, "cuda", bytes);
  return bytes;
}

/** Largest difference from float64 sums of the factors, in units of the sum of their magnitudes. */
function worstError({ input, weights, bias, precision, output }: Linear): number {
  const round = precision === "bfloat16" ? roundToBf16 : (values: Float32Array) => values;
  const rows = Array.from({ length: weights.rows }, (_, row) => round(decodeRow(weights, row)));
  const inputs = round(input);
  let worst = 0;
  output.forEach((found, i) => {
    const [token, row] = [Math.floor(i / weights.rows), i % weights.rows];
    let [exact, size] = [bias![row]!, Math.abs(bias![row]!)];
    rows[row]!.forEach((weight, column) => {
      const product = weight * inputs[token * weights.columns + column]!;
      exact += product;
      size += Math.abs(product);
    });
    worst = Math.max(worst, Math.abs(found - exact) / size);
  });
  return worst;
}

async function figuresOf(compute: Compute, width: number, softcap: number) {
  const [streams, tokens, vocabulary] = [2, 3, 1300];
  const logits = normal(streams * tokens * vocabulary, 5);
  const sums = startLogits(streams, tokens);
  for (let first = 0; first < vocabulary; first += width) {
    const count = Math.min(width, vocabulary - first);
    const slice = Float32Array.from({ length: streams * tokens * count }, (_, i) => {
      return logits[Math.floor(i / count) * vocabulary + first + (i % count)]!;
    });
    const targets = Int32Array.of(7, -1, 1299);
    const task: LogitSlice = { logits: slice, first, width: count, streams, targets, softcap, sums };
    await compute.takeLogits(task, signal);
  }
  return finishLogits(sums);
}

function expectClose(found: Float32Array, exact: ArrayLike<number>, relative: number): void {
  found.forEach((value, i) => {
    expect(Math.abs(value - exact[i]!), `number ${i}`).toBeLessThanOrEqual(
      relative * Math.abs(exact[i]!) + 1e-44,
    );
  });
}
