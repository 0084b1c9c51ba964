import { execFileSync } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { envOf, hubForTest } from "../checkpoint/hub/publishing.js";
import { ran } from "../cli/terminal.js";
import { checkpoint, ROOT, scratch } from "../operations/desk.js";
import { blocksOf, pageText } from "./blocks.js";

const HERE = process.cwd();
const LOW = ["--min-sqnr", "1", "--warn-sqnr", "2"];

beforeEach(async () => {
  vi.stubEnv("KVSCALE_BACKEND", "reference");
  const hub = await hubForTest();
  for (const [name, value] of Object.entries(envOf(hub))) vi.stubEnv(name, value);
  process.chdir(await scratch());
  await cp(join(ROOT, checkpoint("base-indexed")), "base", { recursive: true });
  await cp(join(ROOT, checkpoint("modelopt-fp8")), "fp8", { recursive: true });
  expect((await ran(["push", "base", "org/target", "--create", "-q"])).exit).toBe(0);
});

afterEach(() => {
  process.chdir(HERE);
  vi.unstubAllEnvs();
});

describe("the workflow of docs/ci.md", () => {
  it("merges, verifies and opens a pull request", async () => {
    const [workflow] = blocksOf(pageText("docs/ci.md")).filter(({ text }) =>
      text.includes("workflow_dispatch"),
    );
    const lines = runsOf(workflow!.text).filter((line) => line.startsWith("kvscale "));
    expect(lines.map((line) => line.split(" ")[1])).toEqual(["inspect", "verify", "merge"]);
    const names = { BASE: "base", FROM: "fp8", TARGET: "org/target" };
    expect(await all(lines, names)).toMatch(/discussions\/\d+|pull request/i);
  });

  it("lets no input into a script except through the environment", () => {
    for (const { text } of blocksOf(pageText("docs/ci.md")))
      expect(runsOf(text).filter((line) => line.includes("${{"))).toEqual([]);
  });
});

describe("the composite action", () => {
  const read = () => readFile(join(ROOT, ".github/actions/kvscale/action.yml"), "utf8");

  it.each([
    [
      { ENGINE: "vllm", REPOSITORY: "org/target", OUTPUT: "" },
      ["--engine", "vllm", "--push", "org/target", "--pr"],
    ],
    [{ ENGINE: "", REPOSITORY: "", OUTPUT: "out dir" }, ["-o", "out dir"]],
  ])("with %j merges with %j", async (names, flags) => {
    const lines = runsOf(await read()).filter((line) => line.startsWith("kvscale "));
    const given = { BASE: "base", FROM: "fp8", DATA: "auto", MIN_SQNR: "", ...names };
    expect(wordsOf(lines.at(-1)!, given)).toEqual(["merge", "base", "--from", "fp8", "--strict", ...flags]);
    await all(lines, given);
  });

  it("ends its steps with the outputs that it promises, the pull request's address among them", async () => {
    const text = await read();
    const folder = await scratch();
    const promised = [...text.matchAll(/steps\.(\w+)\.outputs\.([\w-]+)/g)].map(([, step, name]) => [
      step!,
      name!,
    ]);
    expect(promised.length).toBeGreaterThan(3);
    const names = {
      BASE: "base",
      FROM: "fp8",
      DATA: "auto",
      MIN_SQNR: "1",
      ENGINE: "vllm",
      REPOSITORY: "org/target",
      OUTPUT: "",
    };
    for (const line of runsOf(text).filter((run) => run.startsWith("kvscale "))) {
      const words = wordsOf(line, names);
      const env = { ...process.env, GITHUB_ACTIONS: "true", GITHUB_OUTPUT: join(folder, words[0]!) };
      expect((await ran([...words, ...(words[0] === "verify" ? LOW : [])], { env })).exit).toBe(0);
    }
    for (const [step, name] of promised)
      expect(await readFile(join(folder, step!), "utf8")).toMatch(new RegExp(`^${name}=.`, "m"));
    expect(await readFile(join(folder, "merge"), "utf8")).toMatch(
      /^url=http.*\/org\/target\/discussions\/1$/m,
    );
  });

  it("lets no input into a script except through the environment, and names every input", async () => {
    const text = await read();
    expect(runsOf(text).filter((line) => line.includes("${{"))).toEqual([]);
    const declared = [...text.slice(0, text.indexOf("\noutputs:")).matchAll(/^ {2}([\w-]+):$/gm)].map(
      ([, name]) => name!,
    );
    const used = [...text.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name!);
    expect([...new Set(used)].sort()).toEqual(declared.sort());
    const example = blocksOf(pageText("docs/ci.md")).find((block) =>
      block.text.includes("actions/kvscale@"),
    )!.text;
    const given = [...example.slice(example.indexOf("with:")).matchAll(/^ {10}([\w-]+):/gm)].map(
      ([, name]) => name!,
    );
    expect(declared).toEqual(expect.arrayContaining(given));
  });
});

/** The one-line scripts of a workflow. */
function runsOf(text: string): string[] {
  return [...text.matchAll(/^\s*(?:- )?run: (.*)$/gm)].map(([, line]) => line!);
}

/** The words that bash makes of a line. */
function wordsOf(line: string, names: Readonly<Record<string, string>>): string[] {
  const script = `kvscale() { printf '%s\\0' "$@"; }; ${line}`;
  const out = execFileSync("bash", ["--norc", "--noprofile", "-c", script], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], ...names },
  });
  return out.split("\0").slice(0, -1);
}

async function all(lines: readonly string[], names: Readonly<Record<string, string>>): Promise<string> {
  let last = "";
  for (const line of lines) {
    const words = wordsOf(line, names);
    const { exit, out, err } = await ran([...words, ...(words[0] === "verify" ? LOW : [])]);
    expect([line, exit, err]).toEqual([line, 0, err]);
    last = out;
  }
  await writeFile("last.txt", last);
  return last;
}
