import { execFileSync, spawn, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, scratch } from "../../operations/desk.js";
import { ran } from "../terminal.js";

const has = (name: string): boolean => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;

/** How each shell is started on a terminal of its own, and what it needs before the script can be loaded. */
const SHELLS = [
  ["bash", "bash --norc --noprofile -i", ""],
  ["zsh", "zsh -f -i", "autoload -Uz compinit; compinit -u -D; "],
] as const;

/** What is typed, with tabs, and the words that the program is then called with; `=` is how zsh joins long flags. */
const TYPED: readonly (readonly [keys: string, bash: string, zsh?: string])[] = [
  ["kvscale insp\t--eng\tmist\t", "inspect --engine mistralrs", "inspect --engine=mistralrs"],
  ["kvscale inspect --engine=mist\t", "inspect --engine=mistralrs"],
  ["kvscale inspect fixtures/checkpoints/autofp8-k\t", "inspect fixtures/checkpoints/autofp8-kv-scale/"],
  ["kvscale verify --backend ref\tREADME.m\t", "verify --backend reference README.md"],
  ["kvscale merge --link hard\t", "merge --link hardlink"],
  ["kvscale comp\tfi\t", "completion fish"],
];

describe.each(SHELLS)("completion in a real %s", (shell, start, before) => {
  it.skipIf(!has(shell) || !has("script"))(
    "commands, flags, engines, backends and paths (skipped without the shell and util-linux `script`)",
    async () => {
      const script = join(await scratch(), "completion");
      await writeFile(script, (await ran(["completion", shell])).out);
      const setUp = `${before}source ${script}; kvscale() { printf 'RAN[%s]\\n' "$*"; }; printf 'RE%s\\n' ADY\n`;
      const seen = await typed(start, setUp, TYPED.map(([keys]) => `${keys}\n`).join(""), TYPED.length);
      const wanted = TYPED.map(([, bash, zsh]) => (shell === "zsh" ? (zsh ?? bash) : bash));
      expect(seen.map((line) => line.trim().replace(/\/$/, ""))).toEqual(
        wanted.map((line) => line.replace(/\/$/, "")),
      );
    },
  );

  it.skipIf(!has(shell) || !has("script"))("runs nothing of what is typed", async () => {
    const folder = await scratch();
    const script = join(folder, "completion");
    await writeFile(script, (await ran(["completion", shell])).out);
    const setUp = `${before}source ${script}; kvscale() { printf 'RAN[%s]\\n' "$*"; }; printf 'RE%s\\n' ADY\n`;
    // Outside quotes zsh expands a substitution on Tab by itself, for any command.
    const bare = shell === "zsh" ? "" : `kvscale inspect $(touch ${folder}/run)\t\u0015`;
    const keys = `kvscale inspect '$(touch ${folder}/run)' \t\u0015${bare}kvscale end\n`;
    expect(await typed(start, setUp, keys, 1)).toEqual(["end"]);
    expect(spawnSync("test", ["-e", join(folder, "run")]).status).toBe(1);
  });
});

describe("completion in a real fish", () => {
  const asked = async (line: string) => {
    const script = join(await scratch(), "completion.fish");
    await writeFile(script, (await ran(["completion", "fish"])).out);
    const found = execFileSync("fish", ["-N", "-c", `source ${script}; complete -C '${line}'`], {
      encoding: "utf8",
      cwd: ROOT,
    });
    return found
      .split("\n")
      .map((row) => row.split("\t")[0])
      .filter((word) => word !== "");
  };

  it.skipIf(!has("fish"))("commands, flags, engines and paths (skipped without the shell)", async () => {
    expect(await asked("kvscale insp")).toEqual(["inspect"]);
    expect(await asked("kvscale inspect --eng")).toEqual(["--engine"]);
    expect(await asked("kvscale inspect --engine v")).toEqual(["vllm", "vllm-legacy"]);
    expect(await asked("kvscale inspect READ")).toEqual(["README.md"]);
    expect(await asked("kvscale doctor READ")).toEqual([]);
    expect(await asked("kvscale completion po")).toEqual(["powershell"]);
  });
});

describe("completion for PowerShell", () => {
  it("names every command with its flags and words, quoted as PowerShell does", async () => {
    const { out } = await ran(["completion", "powershell"]);
    expect(out).toMatch(/^ {4}'inspect' = '.*'$/m);
    expect(out).toMatch(/^ {4}'inspect --engine' = @\('tgi', 'vllm'/m);
    expect(out).toContain("base''s");
    expect(out.replaceAll("''", "").split("'").length % 2).toBe(1);
  });

  it("is registered for a native command, closes what it opens, and has a tool tip for every word", async () => {
    const { out } = await ran(["completion", "powershell"]);
    const [comment, register, parameters] = out.split("\n");
    expect(comment).toMatch(/^# .*\| Out-String \| Invoke-Expression$/);
    expect(register).toBe("Register-ArgumentCompleter -Native -CommandName kvscale -ScriptBlock {");
    expect(parameters).toBe("  param($wordToComplete, $commandAst, $cursorPosition)");
    // An empty tool tip is an exception in CompletionResult's constructor.
    expect(out).not.toMatch(/= ''(?!')\s*(?:;|\}|$)/m);
    const bare = out
      .replaceAll(/^#.*$/gm, "")
      .replaceAll(/'(?:[^']|'')*'/g, "")
      .replaceAll(/"[^"]*"/g, "");
    const open: string[] = [];
    for (const sign of bare.match(/[()[\]{}]/g) ?? []) {
      const opener = { ")": "(", "]": "[", "}": "{" }[sign];
      if (opener === undefined) open.push(sign);
      else expect(open.pop()).toBe(opener);
    }
    expect(open).toEqual([]);
    const set = new Set([...out.matchAll(/^ *(\$\w+) = /gm)].map(([, name]) => name!));
    const given = ["$wordToComplete", "$commandAst", "$cursorPosition", "$name", "$summary", "$_", "$null"];
    const used = new Set([...out.replaceAll(/'(?:[^']|'')*'/g, "").matchAll(/\$\w+/g)].map(([name]) => name));
    expect([...used].filter((name) => !set.has(name) && !given.includes(name))).toEqual([]);
  });

  it.each([["tcsh"], []])("completion %s is refused", async (...argv) => {
    expect((await ran(["completion", ...argv])).exit).toBe(2);
  });
});

/** Types keys into a shell on a terminal of its own; the arguments that the program was called with. */
async function typed(start: string, setUp: string, keys: string, calls: number): Promise<string[]> {
  const child = spawn("script", ["-qec", start, "/dev/null"], {
    cwd: ROOT,
    env: { ...process.env, TERM: "xterm", PS1: "$ " },
  });
  let seen = "";
  const until = (done: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (done()) resolve();
      };
      child.stdout.on("data", look);
      child.on("close", () => resolve());
      look();
    });
  const called = () => [...seen.matchAll(/RAN\[([^%\]]*)\]/g)].map(([, words]) => words!);
  child.stdout.on("data", (text) => {
    seen += text;
  });
  child.stdin.write(setUp);
  await until(() => seen.includes("READY"));
  child.stdin.write(keys);
  await until(() => called().length >= calls);
  child.stdin.end("exit\n");
  child.kill();
  return called();
}
