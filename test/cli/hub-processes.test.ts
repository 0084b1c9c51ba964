import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { testHub } from "../checkpoint/hub/reading.js";
import { scratchFolder } from "../checkpoint/scratch.js";
import { ROOT } from "../operations/desk.js";
import { sparseContent } from "../support/hub/hub.js";
import { fp8Model, plainModel, TINY } from "../support/hub/large-model.js";
import { ran } from "./terminal.js";

const PROGRAM = ["--import", "tsx", join(import.meta.dirname, "program.ts")];
const BIG = 6_000_000;

afterEach(() => void vi.unstubAllEnvs());

describe("a merge of a base on the Hub whose process ends amid a download", () => {
  it.each([
    ["SIGINT", 130, "interrupted; no unfinished output was left behind\n"],
    ["SIGKILL", null, ""],
  ] as const)(
    "by %s leaves no output; the next run goes on where it stopped",
    async (signal, code, words) => {
      const large = sparseContent(BIG, [[5_999_999, Uint8Array.of(7)]]);
      const hub = await testHub();
      hub.add("org/fp8", { files: fp8Model(TINY) });
      hub.add("org/base", { files: { ...plainModel(TINY), "extra.bin": large } });
      hub.fault({ on: "object", path: new RegExp(large.sha256), trouble: { kind: "stall" } });
      const folder = await scratchFolder();
      const out = join(folder, "out");
      const argv = ["merge", "org/base", "--from", "org/fp8", "-o", out];
      const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: folder, HF_HOME: folder, HF_TOKEN: "" };
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);

      const child = spawn(process.execPath, [...PROGRAM, ...argv], { cwd: ROOT, env: process.env });
      let err = "";
      child.stderr.on("data", (text) => {
        err += text;
      });
      const part = join(folder, ".out.kvscale-download", `${large.sha256}.part`);
      const arrived = () =>
        stat(part).then(
          ({ size }) => size,
          () => 0,
        );
      while ((await arrived()) < BIG / 2 && child.exitCode === null) await setTimeout(5);
      child.kill(signal);
      expect((await once(child, "close"))[0]).toBe(code);
      expect(err.replace(/^warning: .* AutoFP8 .*\n/, "")).toBe(words);
      expect((await readdir(folder)).filter((name) => !name.startsWith("."))).toEqual([]);

      hub.clearFaults();
      hub.forget();
      expect(await ran([...argv, "--json"])).toMatchObject({ exit: 0, err: "" });
      const ranges = hub.requests("object").filter(({ path }) => path.includes(large.sha256));
      expect(ranges.map(({ range }) => range)).toEqual([`bytes=${BIG / 2}-${BIG - 1}`]);
      expect(Buffer.from(large.read(0, BIG)).equals(await readFile(join(out, "extra.bin")))).toBe(true);
      expect((await readdir(folder)).sort()).toEqual(["out"]);
    },
  );
});
