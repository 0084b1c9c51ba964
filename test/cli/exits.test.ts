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

describe("wrong command lines", () => {
  it.each<[argv: string[], says: RegExp, help: string]>([
    [["inspct", FROM], /unknown command 'inspct'.*inspect/s, "kvscale"],
    [["inspect"], /missing required argument 'ref'/, "kvscale inspect --help"],
    [["inspect", FROM, "--engin", "vllm"], /unknown option '--engin'/, "kvscale inspect --help"],
    [["inspect", FROM, "--engine", "llm"], /argument 'llm' is invalid.*vllm/s, "kvscale inspect --help"],
    [["inspect", FROM, "more"], /too many arguments/, "kvscale inspect --help"],
    [["merge", BASE, "-o", "out"], /required option '--from <ref>'/, "kvscale merge --help"],
    [["merge", BASE, "--from", FROM], /either -o DIR or --push ORG\/NAME, found neither/, "Name one place"],
    [["merge", BASE, "--from", FROM, "-o", "x", "--push", "org/x"], /found both/, "Name one place"],
    [["push", BASE, "not-a-repository"], /org\/name, found "not-a-repository"/, "--branch"],
    [["push", BASE, "org/name@main"], /found "org\/name@main"/, "--branch"],
    [
      ["merge", BASE, "--from", FROM, "-o", "out", "--map", "a"],
      /FROM=TO is expected/,
      "kvscale merge --help",
    ],
    [
      ["merge", BASE, "--from", FROM, "-o", "out", "--ranks", "0"],
      /whole number from 1/,
      "kvscale merge --help",
    ],
    [
      ["merge", BASE, "--from", FROM, "-o", "out", "--link", "move"],
      /'move' is invalid/,
      "kvscale merge --help",
    ],
    [["convert", FROM, "-o", "out"], /required option '-e, --engine <engine>'/, "kvscale convert --help"],
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
