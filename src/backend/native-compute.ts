import { checkGate, checkLinear, checkLogits, checkRmsNorm, checkRotate } from "../model/check.js";
import type { Gate, Linear, LogitSlice, Matrix, RmsNorm, Rotate } from "../model/ops.js";
import type { Addon } from "./addon.js";
import { ADDON_ACTIVATION, type AddonMatrix } from "./addon-operations.js";
import { type AddonCancelFlag, NUMBER_OF_TYPE } from "./addon-words.js";
import type { Compute } from "./backend.js";
import { cancellable } from "./cancellable.js";

/** How operations run: on how many threads (0, the default: all), and by which instruction set (default: the best). */
export interface ComputeOptions {
  readonly threads?: number;
  readonly instructionSet?: string;
}

/** The operations of a decoder layer by an addon: it translates words, and nothing is computed here. */
export function nativeCompute(addon: Addon, { threads, instructionSet }: ComputeOptions): Compute {
  const job = { threads: threads ?? 0, ...(instructionSet === undefined ? {} : { isa: instructionSet }) };

  function translated<Task>(
    check: (task: Task) => void,
    call: (task: Task, flag: AddonCancelFlag) => Promise<void>,
  ) {
    return async (task: Task, signal: AbortSignal): Promise<void> => {
      check(task);
      await cancellable(addon, signal, "impossible-operation", (flag) => call(task, flag));
    };
  }

  return {
    linear: translated(checkLinear, (task, flag) => addon.linear({ ...job, ...linearOf(task) }, flag)),
    rmsNorm: translated(checkRmsNorm, (task, flag) => addon.rmsNorm({ ...job, ...normOf(task) }, flag)),
    rotate: translated(checkRotate, (task, flag) => addon.rotate({ ...job, ...rotationOf(task) }, flag)),
    gate: translated(checkGate, (task, flag) => addon.gate({ ...job, ...gateOf(task) }, flag)),
    takeLogits: translated(checkLogits, (task, flag) =>
      addon.takeLogits({ ...job, ...logitsOf(task) }, flag),
    ),
  };
}

function linearOf({ input, weights, bias, precision, output }: Linear) {
  return {
    tokens: input.length / weights.columns,
    input,
    weights: matrixOf(weights),
    ...(bias === undefined ? {} : { bias }),
    bfloat16: precision === "bfloat16",
    output,
  };
}

function matrixOf({ type, rows, columns, bytes, scales }: Matrix): AddonMatrix {
  const matrix = { format: NUMBER_OF_TYPE[type], rows, columns, data: bytes };
  if (scales === undefined) return matrix;
  const { values, blockRows, blockColumns } = scales;
  return { ...matrix, scales: values, blockRows, blockColumns };
}

function normOf(task: RmsNorm) {
  return { ...task, rows: task.input.length / task.weight.length };
}

function rotationOf(task: Rotate) {
  return { ...task, table: Math.floor((2 * task.cos.length) / task.features) };
}

function gateOf(task: Gate) {
  return { ...task, activation: ADDON_ACTIVATION[task.activation] };
}

function logitsOf({ sums, ...slice }: LogitSlice) {
  const { max, top, sum, cross, target } = sums;
  return { ...slice, max, top, sum, cross, target };
}
