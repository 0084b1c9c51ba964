import type { Option } from "commander";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.js";
import { PAGES, pageText } from "./blocks.js";

/** Flags that the pages name and that belong to other programs. */
const FOREIGN: ReadonlySet<string> = new Set([
  "--kv-cache-dtype",
  "--quantization-param-path",
  "--quantize",
  "--model_dir",
  "--llm_kv_type",
  "--pa-cache-type",
  "--array",
  "--global",
]);

const quiet = { out: () => {}, err: () => {}, width: 80, animated: false, colour: false };
const program = new Command();
for (const define of COMMANDS)
  program.addCommand(define({ ...quiet, onInterrupt: () => () => {} }, () => {}));
const everyFlag = new Set([
  "--help",
  "--version",
  ...program.commands.flatMap(({ options }) => options.flatMap(flagsOf)),
]);

describe("commands and flags within sentences and tables", () => {
  it.each(PAGES)("%s: each is one that there is", (path) => {
    const wrong = spansOf(pageText(path)).flatMap((span) => complaintsOf(span).map((what) => [span, what]));
    expect(wrong).toEqual([]);
  });

  it("are found at all", () => {
    const spans = PAGES.flatMap((path) => spansOf(pageText(path)));
    expect(spans.filter((span) => commandIn(span) !== undefined).length).toBeGreaterThan(40);
    expect(spans.filter((span) => span.startsWith("--")).length).toBeGreaterThan(40);
  });

  it.each([
    ["kvscale inspect REF --engin vllm", "no flag --engin of inspect"],
    ["verify --min-sqnr 18 --text", undefined],
    ["convert --engine vlm", "no value vlm of --engine"],
    ["kvscale unpack REF", "no command unpack"],
    ["--nonsense", "no flag --nonsense"],
    ["--kv-cache-dtype fp8", undefined],
  ])("%j: %s", (span, complaint) => {
    expect(complaintsOf(span)).toEqual(complaint === undefined ? [] : [complaint]);
  });
});

/** Code within lines, fenced blocks left out: those are executed. */
function spansOf(text: string): string[] {
  const prose = text.replaceAll(/^```\w*\n[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!);
}

/** The command that a span begins with, `kvscale` before it or flags behind it. */
function commandIn(span: string): Command | undefined {
  const [first, second] = span.split(" ");
  const name = first === "kvscale" ? second : second === undefined ? undefined : first;
  return program.commands.find((command) => command.name() === name);
}

function complaintsOf(span: string): string[] {
  const command = commandIn(span);
  const [first, second] = span.split(" ");
  if (command === undefined && first === "kvscale" && /^[a-z]/.test(second ?? ""))
    return [`no command ${second}`];
  if (command === undefined && !span.startsWith("--")) return [];
  const words = span.split(/[ =,]+/);
  return words.flatMap((word, at) =>
    word.startsWith("--") ? flagComplaint(word, words[at + 1], command) : [],
  );
}

function flagComplaint(flag: string, value: string | undefined, command: Command | undefined): string[] {
  if (command === undefined) return everyFlag.has(flag) || FOREIGN.has(flag) ? [] : [`no flag ${flag}`];
  const option = command.options.find((one) => flagsOf(one).includes(flag));
  if (option === undefined) return [`no flag ${flag} of ${command.name()}`];
  const isPlaceholder = value === undefined || !/^[a-z]/.test(value);
  if (option.argChoices === undefined || isPlaceholder || option.argChoices.includes(value)) return [];
  return [`no value ${value} of ${flag}`];
}

function flagsOf({ long, short }: Option): string[] {
  return [long, short].filter((flag) => flag !== undefined);
}
