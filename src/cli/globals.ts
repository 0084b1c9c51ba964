import { Command, InvalidArgumentError, Option } from "commander";
import type { EngineId } from "../engines/engine.js";
import { ENGINES } from "../engines/engines.js";
import type { Deps, Reach } from "../operations/deps.js";
import type { Writing } from "../operations/write.js";
import { defined } from "./defined.js";

/** A new command with the flags that every command takes. */
export function newCommand(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .configureHelp({ groupItems: commonLast })
    .optionsGroup(COMMON)
    .helpOption("-h, --help", "display help for command")
    .option("--json", "print one JSON object on stdout, and nothing else there")
    .option("-q, --quiet", "no progress, notes or warnings on stderr")
    .option("--no-color", "no colours (NO_COLOR=1 does the same)")
    .option("--ascii", "print ASCII only (KVSCALE_ASCII=1 does the same)")
    .option("--no-input", "never ask; what would be asked is refused instead")
    .option("--config <file>", "settings, instead of the nearest kvscale.config.json upward")
    .option("--github", "annotations, summary and outputs for GitHub Actions; by default where they run it")
    .addOption(new Option("--no-github").hideHelp())
    .optionsGroup("Options:");
}

const COMMON = "Common options:";

/** Help with a command's own flags before those that every command takes. */
function commonLast<T extends Command | Option>(
  items: T[],
  visible: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const names = [...new Set([...items, ...visible].map(groupOf))];
  const ordered = [...names.filter((name) => name !== COMMON), COMMON];
  const groups = ordered.map((name) => [name, visible.filter((item) => groupOf(item) === name)] as const);
  return new Map(groups.filter(([, members]) => members.length > 0));
}

/** Adds the flags of commands whose result is worth a file of its own. */
export function withReports(command: Command): Command {
  return withReport(command).option(
    "--junit <file>",
    "write the result as JUnit XML",
    (file: string) => fileOf(/\.xml$/i, "A file name ending in .xml is expected.")(file)[0],
  );
}

/** Adds `--report` alone, for commands that judge nothing. */
export function withReport(command: Command): Command {
  return command.option(
    "--report <file>",
    "write a report, .html or .md; repeatable",
    fileOf(/\.(html?|md|markdown)$/i, "A file name ending in .html or .md is expected."),
  );
}

/** Flags of `withReports`, as commander hands them over. */
export interface ReportFlags {
  readonly report?: readonly string[];
  readonly junit?: string;
}

function fileOf(ending: RegExp, complaint: string) {
  return (file: string, before: readonly string[] = []): string[] => {
    if (!ending.test(file)) throw new InvalidArgumentError(complaint);
    return [...before, file];
  };
}

/** A new command that reads checkpoints. */
export function newReadingCommand(name: string, summary: string): Command {
  return newCommand(name, summary)
    .optionsGroup(COMMON)
    .option(
      "--follow-links",
      "read files through symbolic links that leave their directory, as outputs of --link symlink have them",
    )
    .option("--token <token>", "for the Hub; HF_TOKEN or `hf auth login` keep it out of your shell history")
    .optionsGroup("Options:");
}

/** The seams of a command under its reading flags. */
export async function depsOf({ followLinks, token }: Reach): Promise<Deps> {
  const { depsFor } = await import("../operations/deps.js");
  return depsFor(defined({ followLinks, token }));
}

/** Adds the flags of commands that write a checkpoint directory. */
export function withWriting(command: Command): Command {
  return command
    .addOption(
      new Option("--link <how>", "how unchanged files reach the output")
        .choices(["auto", "reflink", "hardlink", "symlink", "copy"])
        .default("auto", "auto: a reflink where the filesystem can, else a copy"),
    )
    .option("-n, --dry-run", "print the plan and the result's readiness; write nothing")
    .option("-f, --force", "replace an existing output, whole")
    .option("--strict", "refuse when something would be lost")
    .option("--no-fsync", "do not wait for the disk; faster, and unsafe against a power cut");
}

/** `--engine`, limited to the engines of the table. */
export function engineOption(what: string): Option {
  return new Option("-e, --engine <engine>", what).choices(ENGINES.map(({ id }) => id)).env("KVSCALE_ENGINE");
}

/** `--map FROM=TO`, repeatable. */
export function mapOption(): Option {
  return new Option(
    "--map <from=to>",
    "an attention module (or a prefix of modules) of the scales, and its name in the checkpoint; repeatable",
  )
    .argParser(collectMapping)
    .default([], "matched by layer and kind");
}

/** Flags of `withWriting`, as commander hands them over. */
export interface WritingFlags {
  readonly link: "auto" | "reflink" | "hardlink" | "symlink" | "copy";
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly strict?: boolean;
  readonly fsync: boolean;
}

/** Flags shared by commands that aim at an engine. */
export interface EngineFlags {
  readonly engine?: EngineId;
  readonly map: readonly (readonly [from: string, to: string])[];
}

/** Writing flags as an operation takes them. */
export function writingOf({
  output,
  link,
  dryRun,
  force,
  strict,
  fsync,
}: WritingFlags & { output: string }): Writing {
  return {
    path: output,
    link,
    dryRun: dryRun ?? false,
    force: force ?? false,
    strict: strict ?? false,
    fsync,
  };
}

/** A path for a result; an empty one comes of a variable that is not set. */
export function aPath(text: string): string {
  if (text === "") throw new InvalidArgumentError("A path is expected.");
  return text;
}

/** A whole number of at least 1, for counts. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("A whole number from 1 is expected.");
  return value;
}

function collectMapping(text: string, before: readonly (readonly [string, string])[]): [string, string][] {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError("FROM=TO is expected.");
  return [
    ...before.map(([from, to]): [string, string] => [from, to]),
    [text.slice(0, at), text.slice(at + 1)],
  ];
}
