import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, readdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { checkpoint, filesOf, ROOT, scratch } from "../operations/desk.js";

const PROGRAM = ["--import", "tsx", join(import.meta.dirname, "program.ts")];
const FROM = checkpoint("modelopt-fp8");

describe("the program as a process", () => {
  it("ends quietly when what reads its output has gone", async () => {
    const words = [process.execPath, ...PROGRAM, "inspect", FROM].map((word) => `'${word}'`).join(" ");
    const child = spawn("sh", ["-c", `{ ${words}; echo "exit $?" >&2; } | true`], { cwd: ROOT });
    expect(await ending(child)).toEqual({ code: 0, out: "", err: "exit 0\n" });
  });

  it("prints a result and exits with its code", async () => {
    const child = spawn(process.execPath, [...PROGRAM, "extract", checkpoint("base-single")], { cwd: ROOT });
    const { code, out, err } = await ending(child);
    expect([code, out]).toEqual([3, ""]);
    expect(err).toMatch(/^error: .*no|^error: .*none/);
  });

  it("leaves nothing behind on Ctrl-C while it copies", async () => {
    const folder = await scratch();
    const base = join(folder, "base");
    await cp(join(ROOT, checkpoint("base-indexed")), base, { recursive: true });
    await writeFile(join(base, "large.bin"), "");
    await truncate(join(base, "large.bin"), 512 * 1024 * 1024);
    const argv = ["merge", base, "--from", FROM, "-o", join(folder, "out"), "--link", "copy"];
    const child = spawn(process.execPath, [...PROGRAM, ...argv], { cwd: ROOT });
    const end = ending(child);
    while ((await readdir(folder)).length === 1 && child.exitCode === null) await setTimeout(2);
    child.kill("SIGINT");
    expect(await end).toMatchObject({ code: 130, out: "" });
    expect(await readdir(folder)).toEqual(["base"]);
    expect((await filesOf(join(ROOT, FROM))).size).toBe(3);
  });
});

async function ending(child: ChildProcess) {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (text) => {
    out += text;
  });
  child.stderr?.on("data", (text) => {
    err += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}
