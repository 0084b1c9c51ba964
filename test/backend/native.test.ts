import { describe, expect, it } from "vitest";
import type { Addon, AddonInfo } from "../../src/backend/addon.js";
import { nativeBackend } from "../../src/backend/native.js";
import { startLogits } from "../../src/model/logits.js";
import { ATTENTION_CASES, buildCase } from "../conformance/attention-cases.js";

const info: AddonInfo = {
  backend: "cpu",
  unavailable: null,
  threads: 6,
  isas: [
    { name: "plain", unavailable: null, bf16Dot: false, chosen: false },
    { name: "fancy", unavailable: null, bf16Dot: true, chosen: true },
    { name: "future", unavailable: "not before next year", bf16Dot: true, chosen: false },
  ],
};

/** An addon that notes what it is asked, and whose calls end as `settle` says. */
function addonThat(settle: () => Promise<void> = async () => {}) {
  const calls: unknown[] = [];
  const flags: { raised: boolean }[] = [];
  const call = (task: unknown) => {
    calls.push(task);
    return settle();
  };
  const addon: Addon = {
    info: () => info,
    attend: call,
    writeCache: call,
    linear: call,
    rmsNorm: call,
    rotate: call,
    gate: call,
    takeLogits: call,
    convert: () => {},
    CancelFlag: class {
      raised = false;
      constructor() {
        flags.push(this);
      }
      cancel() {
        this.raised = true;
      }
    },
  };
  return { addon, calls, flags };
}

const { problem, write } = buildCase(ATTENTION_CASES.find(([name]) => name === "all at once")![1]);
const never = new AbortController().signal;
const refused = (message: string) => Object.assign(new Error(message), { code: "refused" });

describe("nativeBackend", () => {
  it("describes the addon: what is chosen, what cannot run and why, how many threads", () => {
    const { addon } = addonThat();
    const sets = [
      { name: "plain" },
      { name: "fancy" },
      { name: "future", unavailable: "not before next year" },
    ];
    const described = { name: "cpu", instructionSets: sets, file: "cpu.node" };
    expect(nativeBackend(addon, "cpu.node").describe()).toEqual({
      ...described,
      instructionSet: "fancy",
      threads: 6,
    });
    const options = { instructionSet: "plain", threads: 2 };
    expect(nativeBackend(addon, "cpu.node", options).describe()).toEqual({
      ...described,
      instructionSet: "plain",
      threads: 2,
    });
  });

  it.each([
    ["float8_e4m3fn", {}, "bfloat16-dot"],
    ["bfloat16", {}, "bfloat16-dot"],
    ["float16", {}, "float32"],
    ["float32", {}, "float32"],
    ["float8_e5m2", { precise: true }, "float32"],
    ["float8_e5m2", { instructionSet: "plain" }, "float32"],
  ] as const)("multiplies a cache of %s with %o in %s", (type, options, arithmetic) => {
    expect(nativeBackend(addonThat().addon, "", options).arithmetic(type)).toBe(arithmetic);
  });

  it("passes on every word of a problem", async () => {
    const { addon, calls } = addonThat();
    await nativeBackend(addon, "", { threads: 3, instructionSet: "plain", precise: true }).attend(
      problem,
      never,
    );
    expect(calls).toMatchObject([
      {
        format: 0,
        heads: 8,
        kvHeads: 2,
        sequences: 2,
        window: 40,
        softcap: 3,
        threads: 3,
        isa: "plain",
        precise: true,
        kScale: problem.cache.scales.k,
        vScale: problem.cache.scales.v,
        alibi: problem.alibi,
        sinks: problem.sinks,
        seqLens: problem.sequences.lengths,
        queryStarts: problem.sequences.queryStarts,
      },
    ]);
  });

  it("passes on every word of a write", async () => {
    const { addon, calls } = addonThat();
    await nativeBackend(addon, "").writeCache({ ...write, writer: "vllm-cpu" }, never);
    const slotMapping = BigInt64Array.from(write.slots, BigInt);
    expect(calls).toMatchObject([{ writer: 1, threads: 0, tokens: write.slots.length, slotMapping }]);
  });

  it("passes on every word of an operation, and what follows from its shapes", async () => {
    const { addon, calls } = addonThat();
    const { compute } = nativeBackend(addon, "", { threads: 3, instructionSet: "plain" });
    const floats = (length: number) => new Float32Array(length);
    const scales = { values: floats(2), blockRows: 4, blockColumns: 2 };
    const bytes = new Uint8Array(8);
    const weights = { type: "float8_e5m2", rows: 2, columns: 4, bytes, scales } as const;
    const [input, output, bias] = [floats(12), floats(6), floats(2)];
    await compute.linear({ input, weights, bias, precision: "bfloat16", output }, never);
    await compute.rmsNorm({ input, weight: floats(4), epsilon: 0.5, offset: 1, output: input }, never);
    const heads = { values: floats(12), heads: 2, headSize: 3, positions: Int32Array.of(4, 0) };
    await compute.rotate({ ...heads, features: 2, cos: floats(5), sin: floats(5) }, never);
    await compute.gate({ gate: output, up: output, activation: "gelu-tanh", output }, never);
    const sums = startLogits(2, 3);
    const columns = { logits: input, first: 7, width: 2, streams: 2, targets: new Int32Array(3) };
    await compute.takeLogits({ ...columns, softcap: 30, sums }, never);
    const job = { threads: 3, isa: "plain" };
    const matrix = { format: 2, rows: 2, columns: 4, data: bytes };
    const blocks = { scales: scales.values, blockRows: 4, blockColumns: 2 };
    expect(calls).toEqual([
      { ...job, tokens: 3, input, weights: { ...matrix, ...blocks }, bias, bfloat16: true, output },
      { ...job, rows: 3, input, weight: floats(4), epsilon: 0.5, offset: 1, output: input },
      { ...job, ...heads, features: 2, table: 5, cos: floats(5), sin: floats(5) },
      { ...job, gate: output, up: output, activation: 2, output },
      expect.objectContaining({ ...job, ...columns, softcap: 30, cross: sums.cross, top: sums.top }),
    ]);
  });

  it("refuses an impossible operation before the addon is asked", async () => {
    const { addon, calls } = addonThat();
    const { compute } = nativeBackend(addon, "");
    const task = { gate: new Float32Array(2), up: new Float32Array(3), activation: "silu" } as const;
    await expect(compute.gate({ ...task, output: task.gate }, never)).rejects.toMatchObject({
      exit: "data",
      code: "impossible-operation",
    });
    expect(calls).toEqual([]);
  });

  it("asks nothing of the addon once the signal is raised", async () => {
    const { addon, calls } = addonThat();
    const reason = new Error("enough");
    await expect(nativeBackend(addon, "").attend(problem, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(calls).toEqual([]);
  });

  it("raises the flag with the signal, and gives the signal's reason for a cancelled call", async () => {
    const controller = new AbortController();
    const cancelled = () => {
      controller.abort(new Error("enough"));
      return Promise.reject(Object.assign(new Error("cancelled"), { code: "cancelled" }));
    };
    const { addon, flags } = addonThat(cancelled);
    await expect(nativeBackend(addon, "").attend(problem, controller.signal)).rejects.toThrow("enough");
    expect(flags).toMatchObject([{ raised: true }]);
  });

  it("turns a refusal of the kernel into one of ours, and lets bugs be bugs", async () => {
    const saying = (error: Error) => nativeBackend(addonThat(() => Promise.reject(error)).addon, "");
    await expect(saying(refused("expected less")).attend(problem, never)).rejects.toMatchObject({
      exit: "data",
      message: expect.stringContaining("expected less"),
    });
    const bug = new TypeError("heads: expected a number");
    await expect(saying(bug).attend(problem, never)).rejects.toBe(bug);
  });
});
