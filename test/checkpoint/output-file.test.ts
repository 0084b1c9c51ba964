import { execFileSync } from "node:child_process";
import { link, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { directorySource, fileSource } from "../../src/checkpoint/local.js";
import { writeFileAtomically } from "../../src/checkpoint/output-file.js";
import { refusalOf } from "./refusals.js";
import { text } from "./sample.js";
import { readTree, scratchFolder, writeTree } from "./scratch.js";

const once = { force: false };
const force = { force: true };

describe("writeFileAtomically", () => {
  it("writes a new file and leaves nothing else", async () => {
    const folder = await scratchFolder();
    await writeFileAtomically(join(folder, "out.json"), text("{}"), once);
    expect(await readTree(folder)).toEqual(new Map([["out.json", text("{}")]]));
  });

  it("replaces a file only when forced", async () => {
    const path = join(await scratchFolder(), "out.json");
    await writeFile(path, "old");
    const refusal = await refusalOf(writeFileAtomically(path, text("new"), once));
    expect([refusal.exit, refusal.code]).toEqual(["usage", "file-exists"]);
    expect(await readFile(path, "utf8")).toBe("old");
    await writeFileAtomically(path, text("new"), force);
    expect(await readFile(path, "utf8")).toBe("new");
  });

  it("replaces a link, and not what it leads to", async () => {
    const folder = await writeTree(await scratchFolder(), new Map([["precious.json", text("old")]]));
    await symlink("precious.json", join(folder, "out.json"));
    await writeFileAtomically(join(folder, "out.json"), text("new"), force);
    expect(await readFile(join(folder, "precious.json"), "utf8")).toBe("old");
    expect(await readFile(join(folder, "out.json"), "utf8")).toBe("new");
  });

  it.each([
    ["a directory", (path: string) => mkdir(path)],
    ["a FIFO", async (path: string) => void execFileSync("mkfifo", [path])],
  ])("never replaces %s", async (_case, make) => {
    const folder = await scratchFolder();
    await make(join(folder, "out"));
    const refusal = await refusalOf(writeFileAtomically(join(folder, "out"), text("x"), force));
    expect([refusal.exit, refusal.code]).toEqual(["usage", "file-exists"]);
    expect(await readdir(folder)).toEqual(["out"]);
  });

  it("never replaces a file that it was made from, whatever that is called", async () => {
    const folder = await writeTree(await scratchFolder(), new Map([["a.safetensors", text("bytes")]]));
    await link(join(folder, "a.safetensors"), join(folder, "b.safetensors"));
    const sources = [await directorySource(folder), await fileSource(join(folder, "a.safetensors"))];
    for (const source of sources) {
      const options = { force: true, sources: [source] };
      const refusal = await refusalOf(writeFileAtomically(join(folder, "a.safetensors"), text("x"), options));
      expect(refusal.code).toBe("target-overlaps-input");
    }
    const same = { force: true, sources: [sources[1]!] };
    expect((await refusalOf(writeFileAtomically(join(folder, "b.safetensors"), text("x"), same))).code).toBe(
      "target-overlaps-input",
    );
  });

  it("may add a new file to a directory that it was made from", async () => {
    const folder = await writeTree(await scratchFolder(), new Map([["a.safetensors", text("bytes")]]));
    const sources = [await directorySource(folder)];
    await writeFileAtomically(join(folder, "scales.json"), text("{}"), { force: false, sources });
    expect(await readdir(folder)).toEqual(["a.safetensors", "scales.json"]);
  });

  it.each([
    ["no/such/folder/out.json", "not-found"],
    [`${"x".repeat(300)}.json`, "name-too-long"],
    ["file/out.json", "not-a-directory"],
  ])("says why it cannot write %s", async (path, code) => {
    const folder = await writeTree(await scratchFolder(), new Map([["file", text("")]]));
    const refusal = await refusalOf(writeFileAtomically(join(folder, path), text("x"), once));
    expect([refusal.exit, refusal.code]).toEqual(["environment", code]);
    expect(await readdir(folder)).toEqual(["file"]);
  });

  it("lets exactly one of many writers have the name", async () => {
    const path = join(await scratchFolder(), "out.json");
    const contents = Array.from({ length: 12 }, (_, i) => `writer ${i}`);
    const ends = await Promise.allSettled(
      contents.map((words) => writeFileAtomically(path, text(words), once)),
    );
    const winners = ends.flatMap(({ status }, i) => (status === "fulfilled" ? [contents[i]] : []));
    expect(winners).toEqual([await readFile(path, "utf8")]);
    expect(await readdir(join(path, ".."))).toEqual(["out.json"]);
  });
});
