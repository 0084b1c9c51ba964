import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it, onTestFinished } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.js";
import { EXIT } from "../../src/errors.js";
import { checkpoint, ROOT } from "../operations/desk.js";
import { ran } from "./terminal.js";

const README = readFileSync(join(ROOT, "README.md"), "utf8");

describe("the README", () => {
  it("sets up with one command for the main job and one for the tests", () => {
    const setUps = [...README.matchAll(/^```sh\n(.*)\n```$/gm)].map(([, line]) => line);
    expect(setUps).toEqual([
      expect.stringMatching(/^npm ci && .*kvscale\.js merge .*kvscale\.js inspect /),
      "npm ci && npm test",
    ]);
  });

  it("its first command works as it stands", async () => {
    const [line] = README.match(/^npm ci && .*merge.*$/m)!;
    onTestFinished(() => rm(join(ROOT, "scratch/readme"), { recursive: true, force: true }));
    for (const part of line.split(" && ").slice(1)) {
      expect(part.startsWith("node bin/kvscale.js ")).toBe(true);
      const { exit, err } = await ran(
        part.replaceAll("scratch/sample", "scratch/readme").split(" ").slice(2),
      );
      expect([exit, err]).toEqual([0, ""]);
    }
  });

  it("shows what the program prints, wherever it shows output", async () => {
    const sessions = [...README.matchAll(/^```console\n\$ kvscale (.*)\n((?:(?!```).*\n)+)```$/gm)];
    expect(sessions.length).toBeGreaterThan(0);
    for (const [, line, printed] of sessions) {
      const { exit, out } = await ran([...line!.split(" "), ...(/ -o /.test(line!) ? ["--dry-run"] : [])]);
      expect(exit).toBe(0);
      expect(out.replace("Would write (dry run)", "Wrote")).toBe(printed);
    }
  });

  it("its library example runs, and is typed", async () => {
    const [example] = [...README.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);
    const names = { "./Llama-3-8B-FP8": "modelopt-fp8", "./Llama-3-8B": "base-indexed" };
    const text = Object.entries(names).reduce(
      (told, [name, of]) => told.replaceAll(`"${name}"`, JSON.stringify(join(ROOT, checkpoint(of)))),
      example!.replace('"kvscale"', JSON.stringify(join(ROOT, "src/index.js"))),
    );
    // Below the repository, where its types are found.
    await mkdir(join(ROOT, "scratch"), { recursive: true });
    const folder = await mkdtemp(join(ROOT, "scratch/example-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "example.mts");
    await writeFile(file, text);
    const run = (...argv: string[]) => execFileSync(process.execPath, argv, { encoding: "utf8", cwd: ROOT });
    const out = run("--import", import.meta.resolve("tsx"), file).split("\n");
    expect([out[0], out[1], out[2]]).toEqual([
      "6 loads",
      "12 0 vllm serve ./out",
      expect.stringMatching(/^(true|false) (ok|warn|fail)$/),
    ]);
    expect(complaintsAbout(file)).toEqual([]);
  });

  it("lists every command and every exit code", () => {
    const quiet = {
      out: () => {},
      err: () => {},
      width: 80,
      animated: false,
      colour: false,
      onInterrupt: () => () => {},
    };
    for (const name of COMMANDS.map((define) => define(quiet, () => {}).name())) {
      expect(README).toMatch(new RegExp(`^\\| \`${name}[ \`]`, "m"));
    }
    for (const code of Object.values(EXIT))
      expect(README).toMatch(new RegExp(`^\\|[^|]*\\b${code}\\b[^|]*\\|`, "m"));
  });
});

/** What the compiler says of a file, under the repository's own options. */
function complaintsAbout(file: string): string[] {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [file], include: [] }, ts.sys, ROOT);
  const program = ts.createProgram([file], options);
  const found = program.getSemanticDiagnostics(program.getSourceFile(file));
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
