import { describe, expect, it } from "vitest";
import { finishLogits, startLogits } from "../../../src/model/logits.js";
import type { Linear, LogitSlice, Matrix, WeightType } from "../../../src/model/ops.js";
import { gate, normalise, turn } from "../../../src/model/reference/elementwise.js";
import { multiply } from "../../../src/model/reference/linear.js";
import { takeUp } from "../../../src/model/reference/logits.js";
import { decodeRow } from "../../../src/model/weights.js";

/** Two rows [1, −2, 0.5] and [0, 448, −1.5] in each type, as a file holds them. */
const ROWS = [
  [1, -2, 0.5],
  [0, 448, -1.5],
];
const STORED: { readonly [type in Exclude<WeightType, "float8_e4m3fnuz">]: Uint8Array } = {
  float32: new Uint8Array(Float32Array.from(ROWS.flat()).buffer),
  float16: new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x3800, 0, 0x5f00, 0xbe00).buffer),
  bfloat16: new Uint8Array(Uint16Array.of(0x3f80, 0xc000, 0x3f00, 0, 0x43e0, 0xbfc0).buffer),
  float8_e4m3fn: Uint8Array.of(0x38, 0xc0, 0x30, 0, 0x7e, 0xbc),
  float8_e5m2: Uint8Array.of(0x3c, 0xc0, 0x38, 0, 0x5f, 0xbe),
};

function run(steps: Generator<void, void, void>): void {
  while (!steps.next().done);
}

function linear(weights: Matrix, input: number[], rest: Partial<Linear> = {}): number[] {
  const output = new Float32Array((input.length / weights.columns) * weights.rows);
  run(multiply({ input: Float32Array.from(input), weights, precision: "float32", output, ...rest }));
  return [...output];
}

describe("weights", () => {
  it.each(Object.entries(STORED))("of %s are what the bytes say, wherever they begin", (type, stored) => {
    const bytes = new Uint8Array(stored.length + 1).subarray(1);
    bytes.set(stored);
    const matrix = { type: type as WeightType, rows: 2, columns: 3, bytes };
    const top = type === "float8_e5m2" ? [0, 448, -1.5] : ROWS[1];
    expect([...decodeRow(matrix, 0)]).toEqual(ROWS[0]);
    expect([...decodeRow(matrix, 1)]).toEqual(top);
  });

  it("of FP8 are multiplied by the scale of their block", () => {
    const codes = new Uint8Array(15).fill(0x38);
    const scales = { values: Float32Array.of(1, 2, 3, 4, 5, 6), blockRows: 2, blockColumns: 2 };
    const matrix: Matrix = { type: "float8_e4m3fn", rows: 3, columns: 5, bytes: codes, scales };
    expect([0, 1, 2].map((row) => [...decodeRow(matrix, row)])).toEqual([
      [1, 1, 2, 2, 3],
      [1, 1, 2, 2, 3],
      [4, 4, 5, 5, 6],
    ]);
  });
});

describe("linear", () => {
  const weights: Matrix = { type: "float32", rows: 2, columns: 3, bytes: STORED.float32 };

  it("multiplies each row of input by each row of weights, and adds the bias", () => {
    expect(linear(weights, [1, 2, 4, 0, 1, 2])).toEqual([-1, 890, -1, 445]);
    expect(linear(weights, [1, 2, 4], { bias: Float32Array.of(10, 20) })).toEqual([9, 910]);
  });

  it("rounds both factors to BF16 where asked", () => {
    const fine = 1 + 2 ** -8 + 2 ** -12; // between 1 and the next BF16, nearer to the next
    const bytes = new Uint8Array(Float32Array.of(fine).buffer);
    const matrix: Matrix = { type: "float32", rows: 1, columns: 1, bytes };
    expect(linear(matrix, [fine])).toEqual([Math.fround(Math.fround(fine) ** 2)]);
    expect(linear(matrix, [fine], { precision: "bfloat16" })).toEqual([(1 + 2 ** -7) ** 2]);
  });

  it("sums in float64: what cancels leaves the rest", () => {
    const bytes = new Uint8Array(Float32Array.of(1e30, 1, -1e30).buffer);
    expect(linear({ type: "float32", rows: 1, columns: 3, bytes }, [1e-15, 2 ** -1, 1e-15])).toEqual([0.5]);
  });
});

describe("rmsNorm", () => {
  it("divides by the root of the mean square, and multiplies by the weight, row after row", () => {
    const input = Float32Array.of(3, 4, 0, 2);
    const weight = Float32Array.of(1, 2);
    const output = new Float32Array(4);
    run(normalise({ input, weight, epsilon: 0, offset: 0, output }));
    expect([...output]).toEqual(
      [3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5), 0, 4 / Math.SQRT2].map(Math.fround),
    );
    run(normalise({ input, weight, epsilon: 3.5, offset: 1, output: input }));
    expect([...input]).toEqual([3 / 2, 3, 0, 6 / Math.sqrt(5.5)].map(Math.fround));
  });
});

describe("rotate", () => {
  it("turns each pair by its position's angle, and leaves the features beyond", () => {
    const values = Float32Array.of(1, 2, 3, 4, 9, /**/ 5, 6, 7, 8, 9);
    const [cos, sin] = [Float32Array.of(1, 1, 0, 0.5), Float32Array.of(0, 0, 1, 2)];
    const positions = Int32Array.of(1);
    run(turn({ values, heads: 2, headSize: 5, positions, features: 4, cos, sin }));
    expect([...values]).toEqual([-3, 1 - 8, 1, 2 + 4, 9, -7, 3 - 16, 5, 4 + 12, 9]);
  });
});

describe("gate", () => {
  it.each([
    ["silu", [0.7310585786300049, -0.14227761953270035, -7.374611361591464e-38]],
    ["gelu", [0.8413447460685429, -0.0040496940948902, 0]],
    ["gelu-tanh", [0.8411919906082768, -0.003637392081773, 0]],
  ] as const)("of %s", (activation, expected) => {
    const output = new Float32Array(3);
    run(gate({ gate: Float32Array.of(1, -3, -90), up: Float32Array.of(1, 1, 1), activation, output }));
    output.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-7 * Math.abs(expected[i]!) + 1e-44);
    });
  });

  it("multiplies by what is gated", () => {
    const output = new Float32Array(1);
    run(gate({ gate: Float32Array.of(1), up: Float32Array.of(-4), activation: "silu", output }));
    expect(output[0]).toBe(Math.fround(-4 * 0.7310585786300049));
  });
});

describe("logits", () => {
  /** Two streams over two tokens and five columns. */
  const logits = [
    [
      [1, 3, -2, 0.5, 2],
      [0, 0, 0, 0, 0],
    ],
    [
      [2, 2.5, -2, 700, 1],
      [-1, 0, 1, 0, 0],
    ],
  ];
  const targets = Int32Array.of(4, -1);
  const figures = (widths: number[], softcap = 0) => {
    const sums = startLogits(2, 2);
    let first = 0;
    for (const width of widths) {
      const columns = logits.flat().flatMap((row) => row.slice(first, first + width));
      const slice: LogitSlice = {
        ...{ logits: Float32Array.from(columns), first, width, streams: 2, targets, softcap, sums },
      };
      run(takeUp(slice));
      first += width;
    }
    return finishLogits(sums);
  };
  const softmax = (row: readonly number[]) => {
    const weights = row.map((logit) => Math.exp(logit - Math.max(...row)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  };

  it.each([[[5]], [[2, 3]], [[1, 1, 1, 1, 1]]])(
    "are those of the whole vocabulary in slices of %j",
    (widths) => {
      const { nll, kl, top } = figures(widths);
      const p = logits.map((stream) => stream.map(softmax));
      expect(nll[0]).toBeCloseTo(-Math.log(p[0]![0]![4]!), 12);
      expect(nll[2]).toBeCloseTo(699, 12);
      expect([nll[1], nll[3]]).toEqual([Number.NaN, Number.NaN]);
      for (const token of [0, 1]) {
        const exact = p[0]![token]!.reduce((sum, q, i) => {
          const row = logits[1]![token]!;
          const lnP = row[i]! - Math.max(...row) + Math.log(softmax(row)[row.indexOf(Math.max(...row))]!);
          return sum + q * (Math.log(q) - lnP);
        }, 0);
        expect(kl[token]).toBe(0);
        expect(kl[2 + token]! / exact).toBeCloseTo(1, 12);
      }
      expect([...top]).toEqual([1, 0, 3, 2]);
    },
  );

  it("are capped first where there is a cap", () => {
    const cap = (row: readonly number[]) => row.map((logit) => 2 * Math.tanh(logit / 2));
    expect(figures([5], 2).nll[2]).toBeCloseTo(-Math.log(softmax(cap(logits[1]![0]!))[4]!), 12);
  });

  it("may be −∞, and poison their own stream with NaN", () => {
    const sums = startLogits(2, 1);
    const of = (values: number[], first: number) => {
      const [softcap, targets] = [0, Int32Array.of(1)];
      run(takeUp({ logits: Float32Array.from(values), first, width: 1, streams: 2, targets, softcap, sums }));
    };
    of([-Infinity, 1], 0);
    of([2, Number.NaN], 1);
    const { nll, kl, top } = finishLogits(sums);
    expect([nll[0], kl[0], top[0]]).toEqual([0, 0, 1]);
    expect([nll[1], kl[1], top[1]]).toEqual([Number.NaN, Number.NaN, 0]);
  });
});
