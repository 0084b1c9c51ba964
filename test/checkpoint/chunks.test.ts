import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunksOf, pieceLength } from "../../src/checkpoint/chunks.js";
import { memorySource } from "../../src/checkpoint/memory.js";
import type { ByteRange, CheckpointSource } from "../../src/checkpoint/source.js";
import type { Piece } from "../../src/plan/plan.js";
import { refusalOf } from "./refusals.js";

const MiB = 1024 * 1024;
const signal = new AbortController().signal;
const files = new Map(
  ["a", "b"].map((path) => [path, Uint8Array.from({ length: 300 }, (_, i) => i ^ path.charCodeAt(0))]),
);

async function gather(source: CheckpointSource, pieces: readonly Piece[]): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(source, pieces, signal)) chunks.push(chunk);
  return chunks;
}

/** A source of endless zeros that notes what it was asked for. */
function zeros() {
  const asked: { path: string; bytes: number; ranges: number }[] = [];
  const read = async (path: string, ranges: readonly ByteRange[]) => {
    const sizes = ranges.map(([begin, end]) => end - begin);
    asked.push({ path, ranges: ranges.length, bytes: sizes.reduce((sum, size) => sum + size, 0) });
    return sizes.map((size) => new Uint8Array(size));
  };
  return { asked, source: { ...memorySource("zeros", new Map()), read } };
}

describe("chunksOf", () => {
  it("gives the bytes of all pieces, in order", async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map((bytes): Piece => ({ bytes })),
      fc
        .tuple(fc.constantFrom("a", "b"), fc.nat({ max: 300 }), fc.nat({ max: 300 }))
        .map(([from, x, y]): Piece => ({ from, range: [Math.min(x, y), Math.max(x, y)] })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const chunks = await gather(memorySource("m", files), pieces);
        const expected = pieces.map((p) => ("bytes" in p ? p.bytes : files.get(p.from)!.slice(...p.range)));
        expect(Buffer.concat(chunks)).toEqual(Buffer.concat(expected));
        expect(Buffer.concat(chunks).length).toBe(pieces.reduce((sum, p) => sum + pieceLength(p), 0));
      }),
    );
  });

  it("reads small neighbours together and large ranges in parts of 1 MiB", async () => {
    const { source, asked } = zeros();
    const small: Piece[] = Array.from({ length: 100 }, (_, i) => ({
      from: "a",
      range: [i * 10, i * 10 + 4],
    }));
    await gather(source, [{ bytes: new Uint8Array(8) }, ...small, { from: "a", range: [0, 2.5 * MiB] }]);
    expect(asked).toEqual([
      { path: "a", ranges: 100, bytes: 400 },
      { path: "a", ranges: 1, bytes: MiB },
      { path: "a", ranges: 1, bytes: MiB },
      { path: "a", ranges: 1, bytes: MiB / 2 },
    ]);
  });

  it("reads one file at a time", async () => {
    const { source, asked } = zeros();
    await gather(source, [
      { from: "a", range: [0, 4] },
      { from: "b", range: [0, 4] },
      { from: "a", range: [4, 8] },
    ]);
    expect(asked.map(({ path }) => path)).toEqual(["a", "b", "a"]);
  });

  it("refuses a source that gives fewer bytes than asked", async () => {
    const source = { ...memorySource("m", files), read: async () => [new Uint8Array(3)] };
    const refusal = await refusalOf(gather(source, [{ from: "a", range: [0, 4] }]));
    expect([refusal.exit, refusal.code]).toEqual(["data", "short-read"]);
  });

  it("stops between chunks", async () => {
    const controller = new AbortController();
    const { source } = zeros();
    const chunks = chunksOf(source, [{ from: "a", range: [0, 12 * MiB] }], controller.signal);
    await chunks.next();
    controller.abort(new Error("stop"));
    await expect(chunks.next()).rejects.toThrow("stop");
  });
});
