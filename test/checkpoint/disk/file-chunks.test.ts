import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileChunks } from "../../../src/checkpoint/disk/file-chunks.js";
import { refusalOf } from "../refusals.js";
import { scratchFolder } from "../scratch.js";

const SIZE = 9_000_001;
const bytes = Buffer.alloc(SIZE);
for (let at = 0; at + 4 <= SIZE; at += 4) bytes.writeUInt32LE(at, at);

async function fileOf(content: Uint8Array): Promise<string> {
  const path = join(await scratchFolder(), "file");
  await writeFile(path, content);
  return path;
}

async function gather(path: string, size: number, signal = new AbortController().signal): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of fileChunks(path, size, "file", signal)) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

describe("fileChunks", () => {
  it.each([0, 1, 4 * 1024 * 1024, 4 * 1024 * 1024 + 1, SIZE])(
    "gives the first %i bytes, in order",
    async (size) => {
      const path = await fileOf(bytes);
      expect((await gather(path, size)).equals(bytes.subarray(0, size))).toBe(true);
    },
  );

  it("refuses a file that is shorter", async () => {
    const refusal = await refusalOf(gather(await fileOf(bytes.subarray(0, 100)), 101));
    expect([refusal.exit, refusal.code]).toEqual(["data", "file-too-short"]);
  });

  it("stops between two chunks", async () => {
    const controller = new AbortController();
    const chunks = fileChunks(await fileOf(bytes), SIZE, "file", controller.signal);
    await chunks.next();
    controller.abort(new Error("stop"));
    await expect(chunks.next()).rejects.toThrow("stop");
  });
});
