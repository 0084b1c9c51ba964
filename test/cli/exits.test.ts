import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkpoint, filesOf, hostile, scratch } from "../operations/desk.js";
import { ran } from "./terminal.js";

const BASE = checkpoint("base-indexed");
const FROM = checkpoint("modelopt-fp8");

describe("exit codes", () => {
  it.each<[exit: number, why: string, argv: string[]]>([
    [0, "a report", ["inspect", FROM]],
    [0, "findings without --strict", ["inspect", hostile("scales-zero")]],
    [0, "a clean checkpoint under --strict", ["inspect", FROM, "--strict"]],
    [1, "error findings under --strict", ["inspect", hostile("scales-zero"), "--strict"]],
    [1, "an engine that is not ready under --strict", ["inspect", FROM, "--engine", "ksanallm", "--strict"]],
    [1, "losses under --strict", ["convert", FROM, "-e", "tgi-2028", "-o", "never", "--strict", "-n"]],
    [2, "no command", []],
    [2, "an engine that takes no scales", ["convert", FROM, "-e", "llama.cpp", "-o", "never"]],
    [2, "a result without a place", ["calibrate", BASE]],
    [2, "a dry run of a file, which has no plan", ["calibrate", BASE, "-o", "never.json", "-n"]],
    [2, "a dry run of statistics", ["calibrate", BASE, "--stats", "never.json", "-n"]],
    [2, "a share that is none", ["verify", FROM, "--max-clip-rate", "2"]],
    [2, "a negative share", ["verify", FROM, "--max-clip-rate", "-1"]],
    [3, "a corrupt file", ["inspect", hostile("shard-truncated")]],
    [3, "a base that has scales", ["merge", FROM, "--from", FROM, "-o", "never"]],
    [3, "no scales", ["extract", BASE]],
  ])("%i: %s", async (exit, _why, argv) => {
    expect((await ran(argv)).exit).toBe(exit);
  });

  it("a place that is not there is named", async () => {
    const { exit, out, err } = await ran(["inspect", "./no/such/folder"]);
    expect([exit, out]).toEqual([4, ""]);
    expect(err).toContain("no/such/folder");
  });

  it.skipIf(process.getuid?.() === 0)(
    "4 for a folder that may not be written (skipped for root)",
    async () => {
      const folder = join(await scratch(), "closed");
      await mkdir(folder);
      await chmod(folder, 0o500);
      expect((await ran(["merge", BASE, "--from", FROM, "-o", join(folder, "out")])).exit).toBe(4);
    },
  );

  it("4 for a file where a folder is needed", async () => {
    const out = join(BASE, "config.json", "out");
    const { exit, err } = await ran(["extract", FROM, "-o", `${out}.safetensors`]);
    expect([exit, err]).toEqual([4, expect.stringContaining("config.json")]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s: %i, and nothing is left", async (interrupt, exit) => {
    const folder = await scratch();
    const argv = ["merge", BASE, "--from", FROM, "-o", join(folder, "out")];
    const { out, err, ...end } = await ran(argv, { interrupt });
    expect([end.exit, out, err]).toEqual([exit, "", "interrupted; no unfinished output was left behind\n"]);
    expect(await filesOf(folder)).toEqual(new Map());
  });
});

describe("wrong paths", () => {
  it.each([
    [join(FROM, "config.json"), "sidecar-unknown", /directory/],
    ["fixtures/checkpoints", "no-checkpoint-here", /Name one of these folders/],
    [`${FROM}x`, "not-found", /Did you mean .*modelopt-fp8/],
  ])("%s is %s, with what to do", async (ref, code, help) => {
    const { error } = JSON.parse((await ran(["inspect", ref, "--json"])).out);
    expect([error.code, error.remedy]).toEqual([code, expect.stringMatching(help)]);
  });
});

describe("wrong command lines", () => {
  it.each<[argv: string[], says: RegExp, help: string]>([
    [["help", "mrge"], /unknown command 'mrge'.*Did you mean merge\?/s, "kvscale --help"],
    [["inspct", FROM], /unknown command 'inspct'.*Did you mean inspect\?/s, "kvscale --help"],
    [["inspect"], /expected <ref>, the checkpoint, found no argument/, "kvscale inspect --help"],
    [
      ["inspect", FROM, "--engin", "vllm"],
      /unknown option '--engin'.*Did you mean --engine\?/s,
      "kvscale inspect --help",
    ],
    [
      ["inspect", FROM, "--engine", "llm"],
      /expected --engine: one of tgi, .*found 'llm'.*Did you mean vllm/s,
      "kvscale inspect --help",
    ],
    [["inspect", FROM, "more"], /expected one argument, found 2/, "kvscale inspect --help"],
    [
      ["merge", BASE, "-o", "out"],
      /expected --from <ref>, where the scales are: .*, found no such option/,
      "kvscale merge --help",
    ],
    [["merge", BASE, "--from", FROM], /either -o DIR or --push ORG\/NAME, found neither/, "Name one place"],
    [["merge", BASE, "--from", FROM, "-o", "x", "--push", "org/x"], /found both/, "Name one place"],
    [
      ["merge", BASE, "--from", FROM, "-o", "x", "--pr", "--branch", "b"],
      /expected --push ORG\/NAME with --pr, --branch, found -o/,
      "in place of -o",
    ],
    [["push", BASE, "not-a-repository"], /org\/name, found "not-a-repository"/, "--branch"],
    [["push", BASE, "org/name@main"], /found "org\/name@main"/, "--branch"],
    [
      ["merge", BASE, "--from", FROM, "-o", "out", "--map", "a"],
      /expected --map: FROM=TO, found 'a'/,
      "kvscale merge --help",
    ],
    [
      ["merge", BASE, "--from", FROM, "-o", "out", "--ranks", "0"],
      /expected --ranks: a whole number from 1, found '0'/,
      "kvscale merge --help",
    ],
    [
      ["merge", BASE, "--from", FROM, "-o", "out", "--link", "move"],
      /expected --link: one of auto, .*, found 'move'/,
      "kvscale merge --help",
    ],
    [
      ["convert", FROM, "-o", "out"],
      /expected -e, --engine <engine>, the engine that shall read them, found no such option/,
      "kvscale convert --help",
    ],
    [
      ["merge", BASE, "--form", FROM, "-o", "x"],
      /unknown option '--form'.*Did you mean --from\?/s,
      "merge --help",
    ],
    [
      ["merge", BASE, "--from"],
      /expected a value after --from: where the scales are/,
      "kvscale merge --help",
    ],
    [
      ["inspect", FROM, "--engine"],
      /expected a value after --engine: one of tgi, /,
      "kvscale inspect --help",
    ],
    [
      ["inspect", FROM, "-e", "trtllm"],
      /found 'trtllm'.*Did you mean tensorrt-llm\?/s,
      "kvscale inspect --help",
    ],
    [["inspect", FROM, "-e", "text-generation-inference"], /Did you mean tgi/, "kvscale inspect --help"],
    [
      ["completion", "tcsh"],
      /expected <shell>: one of bash, zsh, .*found 'tcsh'/,
      "kvscale completion --help",
    ],
    [
      ["calibrate", BASE, "--shard", "9/8"],
      /expected --shard: a share such as 2\/8, from 1\/8/,
      "calibrate --help",
    ],
    [
      ["--quiet", "inspect", FROM],
      /unknown option '--quiet'.*Options come after the command/s,
      "kvscale --help",
    ],
    [
      ["merge", BASE, "--from", FROM, "-o", ""],
      /expected --output: a path, found ''/,
      "kvscale merge --help",
    ],
    [["calibrate", BASE, "-o", ""], /expected --output: a path, found ''/, "kvscale calibrate --help"],
    [["extract", FROM, "-o", ""], /expected --output: a path, found ''/, "kvscale extract --help"],
    [["--frobnicate"], /unknown option '--frobnicate'/, "kvscale --help"],
  ])("%j", async (argv, says, help) => {
    const { exit, out, err } = await ran(argv);
    expect([exit, out]).toEqual([2, ""]);
    expect(err).toMatch(/^error: /);
    expect(err).toMatch(says);
    expect(err).toContain(help);
  });

  it("no command at all prints the help on stderr", async () => {
    const { exit, out, err } = await ran([]);
    expect([exit, out, err.startsWith("Usage: kvscale")]).toEqual([2, "", true]);
  });
});
