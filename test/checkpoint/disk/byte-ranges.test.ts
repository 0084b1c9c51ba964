import { type FileHandle, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joined, readRanges } from "../../../src/checkpoint/disk/byte-ranges.js";
import type { ByteRange } from "../../../src/checkpoint/source.js";
import { refusalOf } from "../refusals.js";
import { scratchFolder } from "../scratch.js";

const signal = new AbortController().signal;
const ranges = fc.array(
  fc
    .tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 }))
    .map(([a, b]): ByteRange => [Math.min(a, b), Math.max(a, b)]),
  { maxLength: 10 },
);
const covered = (list: readonly ByteRange[]) =>
  new Set(list.flatMap(([begin, end]) => Array.from({ length: end - begin }, (_, i) => begin + i)));

describe("joined", () => {
  it("covers the same bytes, each once, with a gap between any two runs", () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const runs = joined(list);
        expect([...covered(runs)].sort((a, b) => a - b)).toEqual([...covered(list)].sort((a, b) => a - b));
        for (const [i, run] of runs.entries()) {
          expect(run[1]).toBeGreaterThan(run[0]);
          if (i > 0) expect(run[0]).toBeGreaterThan(runs[i - 1]![1]);
        }
      }),
    );
  });
});

describe("readRanges", () => {
  it("goes on after short reads, and never reads a gap", async () => {
    const bytes = Uint8Array.from({ length: 60 }, (_, i) => i);
    await fc.assert(
      fc.asyncProperty(ranges, async (list) => {
        const asked = new Set<number>();
        const read = async (into: Uint8Array, at: number, length: number, from: number) => {
          const bytesRead = Math.min(3, length);
          into.set(bytes.subarray(from, from + bytesRead), at);
          for (let i = 0; i < bytesRead; i += 1) asked.add(from + i);
          return { bytesRead, buffer: into };
        };
        const handle = { read } as unknown as FileHandle;
        const result = await readRanges(handle, list, "file", signal);
        expect(result).toEqual(list.map(([begin, end]) => bytes.slice(begin, end)));
        expect(asked).toEqual(covered(list));
      }),
    );
  });

  it("refuses a file that ends while it is being read", async () => {
    const path = join(await scratchFolder(), "file");
    await writeFile(path, "12345");
    const handle = await open(path);
    const refusal = await refusalOf(
      readRanges(
        handle,
        [
          [0, 2],
          [3, 9],
        ],
        "file",
        signal,
      ),
    );
    await handle.close();
    expect([refusal.exit, refusal.code, refusal.subject.range]).toEqual(["data", "file-too-short", [3, 9]]);
  });
});
