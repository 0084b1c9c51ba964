import { describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/backend.js";
import { referenceBackend } from "../../src/backend/reference.js";
import { ATTENTION_CASES, buildCase } from "./attention-cases.js";
import { runCase } from "./backend-suite.js";
import { native, nativeVariants } from "./native-backends.js";

const signal = new AbortController().signal;
const backends: readonly (readonly [name: string, backend: Backend])[] = [
  ["reference", referenceBackend],
  ...(await nativeVariants()),
];

describe.each(backends)("backend %s", (_, backend) => {
  it.each(ATTENTION_CASES)(
    "writes the codes of the definition and attends within its tolerance: %s",
    async (_name, shape) => {
      const { codesEqual, kernel } = await runCase(shape, backend);
      expect(codesEqual, "codes").toBe(true);
      expect(kernel).toMatchObject({ holds: true });
    },
  );

  it("skips slot −1, and lets the last row of a slot win", async () => {
    const { write } = buildCase({
      ...ATTENTION_CASES[0]![1],
      type: "float32",
      k: [1],
      v: [1],
      sequences: [[2, 1]],
    });
    const slots = Int32Array.of(5, -1, 5);
    write.cache.key.bytes.fill(0);
    await backend.writeCache({ ...write, slots }, signal);
    const keys = new Float32Array(write.cache.key.bytes.buffer);
    const row = write.cache.kvHeads * write.cache.key.headSize;
    expect(keys.subarray(5 * row, 6 * row)).toEqual(write.keys.subarray(2 * row, 3 * row));
    expect(keys.filter((value) => value !== 0)).toHaveLength(row);
  });

  it("lets a NaN of a value through to its own rows, and to no others", async () => {
    const { problem, write } = buildCase(ATTENTION_CASES[0]![1]);
    const values = write.values.with(0, NaN); // the first sequence, its first KV head
    await backend.writeCache({ ...write, values }, signal);
    const { out } = await backend.attend(problem, signal);
    const size = problem.cache.value.headSize;
    const poisoned = [...Array(out.length / size).keys()].filter((row) => Number.isNaN(out[row * size]));
    expect(poisoned).toEqual([0, 1, 2, 3]);
  });

  it("refuses a page outside the cache, and scales of the wrong count, before it reads anything", async () => {
    const { problem } = buildCase(ATTENTION_CASES[0]![1]);
    const stray = {
      ...problem.sequences,
      blockTables: problem.sequences.blockTables.map((block) => block + 10_000),
    };
    await expect(backend.attend({ ...problem, sequences: stray }, signal)).rejects.toMatchObject({
      exit: "data",
    });
    const scales = { ...problem.cache.scales, k: new Float32Array(3) };
    await expect(
      backend.attend({ ...problem, cache: { ...problem.cache, scales } }, signal),
    ).rejects.toMatchObject({
      code: "impossible-attention",
    });
  });

  it("stops with the signal's reason, before and during a call", async () => {
    const reason = new Error("enough");
    const { problem, write } = buildCase({
      ...ATTENTION_CASES[0]![1],
      heads: [16, 16],
      sequences: [[3000, 600]],
    });
    await expect(backend.attend(problem, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(backend.writeCache(write, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const running = backend.attend(problem, controller.signal);
    setTimeout(() => controller.abort(reason), 5);
    await expect(running).rejects.toBe(reason);
  });

  it("gives the same bits when asked again", async () => {
    const { problem, write } = buildCase(ATTENTION_CASES[0]![1]);
    await backend.writeCache(write, signal);
    expect(await backend.attend(problem, signal)).toEqual(await backend.attend(problem, signal));
  });
});

describe.skipIf(backends.length === 1)(
  backends.length === 1 ? "native backend: SKIPPED, no addon was built" : "native backend",
  () => {
    it.each([
      ["one query", [[7812, 1]]],
      ["a prefill", [[200, 200]]],
    ] as const)("gives the same bits on any number of threads: %s", async (_, sequences) => {
      const { problem, write } = buildCase({ ...ATTENTION_CASES[0]![1], sequences });
      const results = await Promise.all(
        [1, 2, 3, 8].map(async (threads) => {
          const backend = native({ threads });
          await backend.writeCache(write, signal);
          return backend.attend(problem, signal);
        }),
      );
      for (const result of results) expect(result).toEqual(results[0]);
    });

    it("refuses an instruction set that the build lacks, by name", async () => {
      const { problem } = buildCase(ATTENTION_CASES[0]![1]);
      const refused = native({ instructionSet: "abacus" }).attend(problem, signal);
      await expect(refused).rejects.toMatchObject({
        exit: "data",
        message: expect.stringContaining("scalar"),
      });
    });
  },
);
