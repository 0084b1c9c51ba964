import { describe, expect, it } from "vitest";
import { apply } from "../../src/checkpoint/apply.js";
import { memorySource } from "../../src/checkpoint/memory.js";
import type { CheckpointSink } from "../../src/checkpoint/sink.js";
import { INDEX, SHARD_2, sampleFiles, samplePlan } from "./sample.js";
import { heardIo } from "./scratch.js";

const source = memorySource("model", sampleFiles());

/** A sink that writes down what it is told, and fails at the call named `failing`. */
function recorder(failing?: string) {
  const calls: string[] = [];
  const call = async (name: string) => {
    calls.push(name);
    if (name === failing) throw new Error(`failed: ${name}`);
  };
  const sink: CheckpointSink = {
    label: "out",
    begin: () => call("begin"),
    keep: (_source, path) => call(`keep ${path}`),
    write: (path) => call(`write ${path}`),
    stream: (_source, path) => call(`stream ${path}`),
    commit: () => call("commit"),
    abort: () => call("abort"),
  };
  return { calls, sink };
}

describe("apply", () => {
  it("keeps, then streams, then writes, the index last, then commits", async () => {
    const { calls, sink } = recorder();
    await apply(samplePlan(), source, sink, heardIo());
    const kept = calls.slice(1, -5);
    expect(calls[0]).toBe("begin");
    expect(kept.every((call) => call.startsWith("keep "))).toBe(true);
    expect(kept).toHaveLength(4);
    expect(calls.slice(-5)).toEqual([
      `stream ${SHARD_2}`,
      "write config.json",
      "write model-kv-scales.safetensors",
      `write ${INDEX}`,
      "commit",
    ]);
  });

  it.each(["begin", `stream ${SHARD_2}`, `write ${INDEX}`, "commit"])(
    "aborts after a failure at %s",
    async (at) => {
      const { calls, sink } = recorder(at);
      await expect(apply(samplePlan(), source, sink, heardIo())).rejects.toThrow(`failed: ${at}`);
      expect(calls.slice(-2)).toEqual([at, "abort"]);
    },
  );

  it("tells of trouble while tidying, and throws what went wrong first", async () => {
    const { sink } = recorder("commit");
    const io = heardIo();
    const stuck = { ...sink, abort: () => Promise.reject(new Error("stuck")) };
    await expect(apply(samplePlan(), source, stuck, io)).rejects.toThrow("failed: commit");
    expect(io.events.at(-1)).toMatchObject({ type: "warning", code: "unfinished-output-left" });
  });

  it("does nothing when it was stopped before", async () => {
    const { calls, sink } = recorder();
    const io = heardIo();
    io.stop();
    await expect(apply(samplePlan(), source, sink, io)).rejects.toThrow(/abort/i);
    expect(calls).toEqual(["abort"]);
  });

  it("stops between steps", async () => {
    const io = heardIo();
    const { calls, sink } = recorder();
    await expect(apply(samplePlan(), source, { ...sink, stream: async () => io.stop() }, io)).rejects.toThrow(
      /abort/i,
    );
    expect(calls.some((call) => call.startsWith("write"))).toBe(false);
    expect(calls.at(-1)).toBe("abort");
  });
});
