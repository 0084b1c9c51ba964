import { describe, expect, it } from "vitest";
import type { Addon, AddonInfo, AddonProblem, AddonWriteProblem } from "../../src/backend/addon.js";
import { nativeBackend } from "../../src/backend/native.js";
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
  const calls: (AddonProblem | AddonWriteProblem)[] = [];
  const flags: { raised: boolean }[] = [];
  const call = (problem: AddonProblem | AddonWriteProblem) => {
    calls.push(problem);
    return settle();
  };
  const addon: Addon = {
    info: () => info,
    attend: call,
    writeCache: call,
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
