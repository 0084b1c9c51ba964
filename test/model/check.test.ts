import { describe, expect, it } from "vitest";
import { checkGate, checkLinear, checkLogits, checkRmsNorm, checkRotate } from "../../src/model/check.js";
import { startLogits } from "../../src/model/logits.js";
import type { Gate, Linear, LogitSlice, Matrix, RmsNorm, Rotate } from "../../src/model/ops.js";

const floats = (length: number) => new Float32Array(length);
const weights: Matrix = { type: "float8_e4m3fn", rows: 3, columns: 5, bytes: new Uint8Array(15) };
const scales = { values: floats(6), blockRows: 2, blockColumns: 2 };
const linear: Linear = { input: floats(10), weights, precision: "float32", output: floats(6) };
const norm: RmsNorm = { input: floats(6), weight: floats(3), epsilon: 0, offset: 0, output: floats(6) };
const rotate: Rotate = {
  ...{ values: floats(12), heads: 2, headSize: 3, positions: Int32Array.of(0, 3), features: 2 },
  ...{ cos: floats(4), sin: floats(4) },
};
const gate: Gate = { gate: floats(4), up: floats(4), activation: "silu", output: floats(4) };
const slice: LogitSlice = {
  ...{ logits: floats(12), first: 0, width: 2, streams: 2, targets: new Int32Array(3), softcap: 0 },
  sums: startLogits(2, 3),
};

/** Each check, a task that it accepts, and changes that make the task impossible. */
const ROWS: readonly (readonly [string, () => void, readonly (() => void)[]])[] = [
  rowOf("linear", checkLinear, linear, [
    { input: floats(11) },
    { output: floats(7) },
    { bias: floats(2) },
    { weights: { ...weights, bytes: new Uint8Array(14) } },
    { weights: { ...weights, type: "bfloat16" } },
    { weights: { ...weights, rows: 0, bytes: new Uint8Array(0) }, output: floats(0) },
    { weights: { ...weights, scales: { ...scales, values: floats(5) } } },
    { weights: { ...weights, scales: { ...scales, blockRows: 0 } } },
    { weights: { type: "bfloat16", rows: 3, columns: 5, bytes: new Uint8Array(30), scales } },
  ]),
  rowOf("linear with block scales", checkLinear, { ...linear, weights: { ...weights, scales } }, []),
  rowOf("linear without tokens", checkLinear, { ...linear, input: floats(0), output: floats(0) }, []),
  rowOf("rmsNorm", checkRmsNorm, norm, [
    { weight: floats(0) },
    { weight: floats(4) },
    { output: floats(5) },
    { epsilon: -1 },
    { epsilon: Number.NaN },
  ]),
  rowOf("rotate", checkRotate, rotate, [
    { heads: 0 },
    { features: 1 },
    { features: 4 },
    { values: floats(13) },
    { sin: floats(3) },
    { positions: Int32Array.of(0, 4) },
    { positions: Int32Array.of(0, -1) },
  ]),
  rowOf("gate", checkGate, gate, [{ up: floats(3) }, { output: floats(5) }]),
  rowOf("takeLogits", checkLogits, slice, [
    { streams: 0 },
    { width: 0 },
    { first: -1 },
    { logits: floats(11) },
    { sums: startLogits(2, 2) },
    { sums: { ...startLogits(2, 3), cross: new Float64Array(5) } },
    { softcap: -1 },
  ]),
];

function rowOf<Task>(name: string, check: (task: Task) => void, task: Task, faults: Partial<Task>[]) {
  return [name, () => check(task), faults.map((fault) => () => check({ ...task, ...fault }))] as const;
}

describe.each(ROWS)("the check of %s", (_, accepted, refused) => {
  it("accepts what fits together", () => {
    expect(accepted).not.toThrow();
  });

  it("refuses what does not", () => {
    for (const [index, call] of refused.entries())
      expect(call, `fault ${index}`).toThrow(
        expect.objectContaining({ code: "impossible-operation", exit: "data" }),
      );
  });
});
