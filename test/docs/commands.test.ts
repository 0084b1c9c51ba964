import { existsSync } from "node:fs";
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SETTINGS } from "../../src/cli/settings/schema.js";
import { serialize } from "../../src/tensors/layout.js";
import { envOf, hubForTest } from "../checkpoint/hub/publishing.js";
import { ran } from "../cli/terminal.js";
import { checkpoint, ROOT, scratch } from "../operations/desk.js";
import { writeSmallModel } from "../support/model/small-llama.js";
import { blocksOf, commandsOf, PAGES, pageText } from "./blocks.js";

/** What the names of the pages stand for. Pages may also make them, and use what they made before. */
const FIXTURES: Readonly<Record<string, string>> = {
  "Llama-3-8B": "base-indexed",
  "Llama-3-8B-FP8": "modelopt-fp8",
  "Llama-3-8B-heads": "llm-compressor-heads",
};
/** A name of the pages for a model that can be run, with a tokenizer of its own; `text.txt` is text for it. */
const RUN = "Qwen2-7B";
const MADE: readonly (readonly string[])[] = [
  ["merge", "./Llama-3-8B", "--from", "./Llama-3-8B-FP8", "-o", "./Llama-3-8B-scaled"],
  ["merge", "./Llama-3-8B", "--from", "./Llama-3-8B-FP8", "-o", "./Llama-3-8B-KV", "--engine", "vllm"],
];
const HERE = process.cwd();

/** Two pages say that their engine will not use what is written, and that kvscale warns of it. */
const FORETOLD = /^warning: (?:sglang-legacy|tensorrt-llm) will not use these scales/;

/** `verify` speaks of tiny fixtures, which may fail. */
const EXITS: Readonly<Record<string, readonly number[]>> = { verify: [0, 1] };

beforeEach(async () => {
  vi.stubEnv("KVSCALE_BACKEND", "reference");
  for (const [name, value] of Object.entries(envOf(await hubForTest()))) vi.stubEnv(name, value);
  process.chdir(await scratch());
  await Promise.all(
    Object.entries(FIXTURES).map(([name, of]) => cp(join(ROOT, checkpoint(of)), name, { recursive: true })),
  );
  await writeSmallModel(RUN);
  await writeFile("captured.safetensors", captured());
  await writeFile("text.txt", "the cat sat on the mat and the dog sat by it ".repeat(80));
});

afterEach(() => {
  process.chdir(HERE);
  vi.unstubAllEnvs();
});

describe("every command of", () => {
  const pages = PAGES.map((path) => [path, blocksOf(pageText(path))] as const).filter(([, blocks]) =>
    blocks.some(({ language, text }) => language === "sh" && /^kvscale /m.test(text)),
  );

  it("enough pages is looked at", () => {
    expect(pages.map(([path]) => path)).toEqual(
      expect.arrayContaining(["docs/serve-with-vllm.md", "docs/ci.md", "docs/troubleshooting.md"]),
    );
  });

  it.each(pages)("%s runs as it stands, in the order of the page", async (_, blocks) => {
    const commands = blocks.filter(({ language }) => language === "sh").flatMap(commandsOf);
    await prepare(commands);
    const settings = blocks.find(
      ({ language, text }) => language === "json" && text.includes("config.schema.json"),
    );
    if (settings !== undefined) await writeFile("kvscale.config.json", settings.text);
    for (const words of commands) {
      const { exit, err } = await ran(
        [...words, "--no-github"].filter((word) => words[0] !== "completion" || word !== "--no-github"),
      );
      expect([words.join(" "), EXITS[words[0]!] ?? [0], exit, err]).toEqual([
        words.join(" "),
        expect.arrayContaining([exit]),
        exit,
        err,
      ]);
      for (const line of err.split("\n").filter((told) => told.startsWith("warning: "))) {
        expect(line).toMatch(FORETOLD);
      }
    }
    await outputs(commands);
  });
});

describe("what pages show", () => {
  it("settings are accepted", () => {
    const [block] = blocksOf(pageText("docs/settings.md")).filter(({ language }) => language === "json");
    expect(SETTINGS.safeParse(JSON.parse(block!.text)).error).toBeUndefined();
  });

  it.each(PAGES)("%s: every link within the repository leads somewhere", (path) => {
    const links = [...pageText(path).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, to]) => to!);
    for (const to of links) expect([to, existsSync(join(ROOT, dirname(path), to))]).toEqual([to, true]);
  });

  it.each(PAGES)("%s: commands stand in blocks that some test runs", (path) => {
    const untested = blocksOf(pageText(path)).filter(
      ({ language, text }) =>
        !["sh", "console", "yaml"].includes(language) && /^ *(?:\$ )?kvscale [a-z]/m.test(text),
    );
    expect(untested).toEqual([]);
  });
});

/** Queries, keys and values for the fixtures' three layers of four query heads and two KV heads of size 2. */
function captured(): Uint8Array {
  const tensors = [0, 1, 2].flatMap((layer) =>
    Object.entries({ q: [2, 4, 2], k: [8, 2, 2], v: [8, 2, 2] }).map(([role, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      const values = Float32Array.from({ length: count }, (_, at) => Math.sin(at + layer));
      return {
        name: `layers.${layer}.${role}`,
        dtype: "F32" as const,
        shape,
        bytes: new Uint8Array(values.buffer),
      };
    }),
  );
  return serialize(tensors, new Map());
}

/** Makes what a page uses before it makes it itself. */
async function prepare(commands: readonly (readonly string[])[]): Promise<void> {
  for (const words of MADE) {
    const made = words[words.indexOf("-o") + 1]!;
    const uses = commands.findIndex(
      (command) => command.includes(made) && command[command.indexOf("-o") + 1] !== made,
    );
    const makes = commands.findIndex((command) => command[command.indexOf("-o") + 1] === made);
    if (uses >= 0 && (makes < 0 || uses < makes))
      expect((await ran([...words, "-q", "--no-fsync"])).exit).toBe(0);
  }
  await mkdir(".git");
  const named = new Set(commands.flat().filter((word) => /^org\//.test(word)));
  for (const name of Object.keys(FIXTURES).filter((one) => named.has(`org/${one}`)))
    expect((await ran(["push", name, `org/${name}`, "--create", "-q"])).exit).toBe(0);
}

/** What was to be written is there. */
async function outputs(commands: readonly (readonly string[])[]): Promise<void> {
  const there = await readdir(".");
  for (const words of commands) {
    const files = ["-o", "--report", "--junit"].flatMap((flag) =>
      words.includes(flag) ? [words[words.indexOf(flag) + 1]!] : [],
    );
    if (!words.includes("--dry-run"))
      expect(there).toEqual(expect.arrayContaining(files.map((file) => file.replace("./", ""))));
  }
}
