import { readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ran } from "../cli/terminal.js";
import { scratch } from "../operations/desk.js";
import { writeSmallModel } from "../support/model/small-llama.js";
import { blocksOf, pageText } from "./blocks.js";

const HERE = process.cwd();
const OUT = "scales.safetensors";

beforeEach(async () => {
  vi.stubEnv("KVSCALE_BACKEND", "reference");
  process.chdir(await scratch());
  await writeSmallModel("model");
  await writeFile("text.txt", "the cat sat on the mat and the dog sat by it ".repeat(200));
});

afterEach(() => {
  process.chdir(HERE);
  vi.unstubAllEnvs();
});

describe("the README's job for many machines", () => {
  const blocks = blocksOf(pageText("README.md")).filter(({ text }) => text.includes("--shard"));
  const combining = commandsIn(blocks.map(({ text }) => text).join("\n")).find((line) =>
    /--from-stats/.test(line),
  )!;

  it("is there for three schedulers", () => {
    const signs = ["#SBATCH --array=1-4", "completionMode: Indexed", "matrix: { part: [1, 2, 3, 4] }"];
    expect(blocks).toHaveLength(signs.length);
    for (const [at, sign] of signs.entries()) expect(blocks[at]!.text).toContain(sign);
  });

  it.each(["Slurm", "Kubernetes", "CI"].map((name, at) => [name, at] as const))(
    "of %s gives what one run gives",
    async (_, at) => {
      const commands = commandsIn(blocks[at]!.text);
      const part = commands.find((line) => line.includes("--shard"))!;
      const whole = commands.find((line) => line.includes("--from-stats")) ?? combining;
      for (const number of ["1", "2", "3", "4"]) await expectRan(wordsOf(part, number));
      await expectRan(wordsOf(whole, "", OUT));
      await expectRan(["calibrate", "model", "--text", "text.txt", "-o", "one.safetensors"]);
      expect(await readFile(OUT)).toEqual(await readFile("one.safetensors"));
    },
  );
});

/** Everything after `kvscale` on lines that run it. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/^.*\bkvscale (calibrate .*)$/gm)].map(([, command]) => command!);
}

/** The words of a command as the scheduler's shell hands them over; a checkpoint becomes a file of scales. */
function wordsOf(command: string, part: string, out = OUT): string[] {
  const names: Record<string, string> = { MODEL: "model", TEXT: "text.txt", OUT: out };
  return command
    .replace("stats-{1,2,3,4}.json", "stats-1.json stats-2.json stats-3.json stats-4.json")
    .replaceAll(/\$(\w+)/g, (_, name: string) => names[name] ?? part)
    .replaceAll('"', "")
    .replace(" --engine vllm", "")
    .split(" ");
}

async function expectRan(words: readonly string[]): Promise<void> {
  const { exit, err } = await ran([...words, "--no-github"]);
  expect([words.join(" "), exit, err]).toEqual([words.join(" "), 0, err]);
}
