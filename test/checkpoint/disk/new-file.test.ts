import { readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeNewFile } from "../../../src/checkpoint/disk/new-file.js";
import { refusalOf } from "../refusals.js";
import { text } from "../sample.js";
import { scratchFolder } from "../scratch.js";

const file = (to: string, size: number) => ({ to, shown: "out/file", size, mode: 0o444, sync: true });

describe("writeNewFile", () => {
  it("writes all chunks, tells how far it is, and lets the owner write", async () => {
    const to = join(await scratchFolder(), "file");
    const told: number[] = [];
    await writeNewFile(file(to, 5), [text("ab"), text(""), text("cde")], (bytes) => told.push(bytes));
    expect(await readFile(to, "utf8")).toBe("abcde");
    expect(told).toEqual([2, 2, 5]);
    expect((await stat(to)).mode & 0o777).toBe(0o644);
  });

  it("never writes over a file, nor through a link, even a dangling one", async () => {
    const folder = await scratchFolder();
    await writeFile(join(folder, "old"), "old");
    await symlink("old", join(folder, "link"));
    await symlink("nothing", join(folder, "dangling"));
    for (const name of ["old", "link", "dangling"]) {
      expect((await refusalOf(writeNewFile(file(join(folder, name), 1), [text("x")]))).code).toBe(
        "target-exists",
      );
    }
    expect(await readFile(join(folder, "old"), "utf8")).toBe("old");
    expect((await readdir(folder)).sort()).toEqual(["dangling", "link", "old"]);
  });

  it.each([4, 6])("refuses when 5 bytes come and %i were promised", async (size) => {
    const to = join(await scratchFolder(), "file");
    const refusal = await refusalOf(writeNewFile(file(to, size), [text("abcde")]));
    expect([refusal.exit, refusal.code]).toEqual(["data", "wrong-size"]);
  });
});
