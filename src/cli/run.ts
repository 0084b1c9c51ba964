import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { EXIT, type ExitName, environmentRefusal, isRefusal, Refusal } from "../errors.js";
import type { Io } from "../events.js";
import { type Envelope, envelopeError, jsonText } from "../report/envelope.js";
import { escapeText } from "../report/escape.js";
import type { View } from "../report/paint.js";
import { defined } from "./defined.js";
import type { Destinations, Telling } from "./delivery.js";
import { plainReporter, type Reporter, silentReporter } from "./reporter.js";
import { type Terminal, viewOf } from "./terminal.js";

/** Flags that every command takes. */
export interface GlobalFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
  readonly input?: boolean;
  /** Undefined where the environment decides. */
  readonly github?: boolean;
}

/** The same with the flags of commands that write reports. */
export type RunFlags = GlobalFlags & Partial<Omit<Destinations, "github">>;

/** What a command leaves behind: its report as data, how to show it, and whether the answer was yes. */
export interface Outcome {
  readonly data: unknown;
  render(view: View): string;
  readonly exit?: ExitName;
  /** The same for reports and CI. */
  readonly telling?: () => Promise<Telling>;
}

/** Runs one command to its exit code. Foreseen refusals are told with their remedy; the rest is a bug of ours. */
export async function run(
  command: string,
  flags: RunFlags,
  outside: Terminal,
  work: (io: Io) => Promise<Outcome>,
): Promise<number> {
  const terminal = await guarded(outside, flags);
  const reporter = flags.quiet || flags.json ? silentReporter(terminal) : plainReporter(terminal);
  const interruption = listenForInterrupts(terminal);
  try {
    const io = { emit: reporter.emit, signal: interruption.signal };
    for (const file of [...(flags.report ?? []), flags.junit ?? []].flat()) checkFolder(file);
    const outcome = await work(io);
    reporter.end();
    // People see the result even where a report cannot be written; JSON is one object, and so comes last.
    if (!flags.json) print(terminal, outcome.render(viewOf(terminal, flags.color !== false)));
    if (outcome.telling !== undefined) await delivered(command, outcome.telling, flags, outside, io);
    return conclude(command, flags, terminal, reporter, outcome);
  } catch (error) {
    reporter.end();
    if (interruption.by !== undefined) return interrupted(terminal, interruption.by);
    if (isOnGithub(flags, outside)) await annotateRefusal(command, outside, error);
    return refuse(command, flags, terminal, reporter, error);
  } finally {
    interruption.stop();
  }
}

/** Whether GitHub Actions shall be told: as asked, or where the runner says that it is one. */
function isOnGithub({ github }: GlobalFlags, { env }: Terminal): boolean {
  return github ?? env?.["GITHUB_ACTIONS"] === "true";
}

/** On a runner, text of a checkpoint must not be taken for a workflow command. */
async function guarded(terminal: Terminal, flags: GlobalFlags): Promise<Terminal> {
  if (!isOnGithub(flags, terminal)) return terminal;
  const { withoutCommands } = await import("../report/github.js");
  return {
    ...terminal,
    out: (text) => terminal.out(withoutCommands(text)),
    err: (text) => terminal.err(withoutCommands(text)),
  };
}

/** A folder that is not there is better told before hours of work than after. */
function checkFolder(file: string): void {
  if (existsSync(dirname(file))) return;
  throw environmentRefusal("folder-missing", {
    file,
    expected: "a path in a folder that exists",
    found: "no such folder",
    remedy: "Make the folder, or name another place.",
  });
}

async function delivered(
  command: string,
  telling: () => Promise<Telling>,
  flags: RunFlags,
  terminal: Terminal,
  io: Io,
) {
  const { report, junit } = flags;
  const github = isOnGithub(flags, terminal);
  if (report === undefined && junit === undefined && !github) return;
  const { deliver } = await import("./delivery.js");
  await deliver(command, await telling(), { ...defined({ report, junit }), github }, terminal, io);
}

async function annotateRefusal(command: string, terminal: Terminal, error: unknown): Promise<void> {
  const { command: annotation } = await import("../report/github.js");
  const { message, remedy = "" } = isRefusal(error) ? error : bug(error);
  terminal.err(`${annotation("error", `kvscale ${command}`, `${message}\n${remedy}`.trim())}\n`);
}

/** Tells a refusal that came before any operation began: a wrong flag, an unknown command. */
export async function refuseUsage(
  command: string,
  flags: GlobalFlags,
  terminal: Terminal,
  refusal: Refusal,
): Promise<number> {
  if (isOnGithub(flags, terminal)) await annotateRefusal(command, terminal, refusal);
  return refuse(command, flags, terminal, silentReporter(terminal), refusal);
}

function conclude(
  command: string,
  flags: GlobalFlags,
  terminal: Terminal,
  reporter: Reporter,
  outcome: Outcome,
): number {
  const exit = EXIT[outcome.exit ?? "ok"];
  const { warnings } = reporter.progress;
  const ok = exit === EXIT.ok;
  const envelope: Envelope = { schemaVersion: 1, command, ok, data: outcome.data, warnings, error: null };
  if (flags.json) print(terminal, jsonText(envelope));
  return exit;
}

function print(terminal: Terminal, text: string): void {
  if (text !== "") terminal.out(text.endsWith("\n") ? text : `${text}\n`);
}

function refuse(
  command: string,
  flags: GlobalFlags,
  terminal: Terminal,
  reporter: Reporter,
  error: unknown,
): number {
  const refusal = isRefusal(error) ? error : bug(error);
  const exit = EXIT[refusal.exit];
  const { warnings } = reporter.progress;
  if (flags.json) {
    const failed = envelopeError(refusal, exit);
    const envelope: Envelope = { schemaVersion: 1, command, ok: false, data: null, warnings, error: failed };
    terminal.out(jsonText(envelope));
  } else terminal.err(told(refusal));
  return exit;
}

function told(refusal: Refusal): string {
  const lines = [`error: ${escapeText(refusal.message)}`];
  if (refusal.remedy !== undefined) lines.push(`  help: ${escapeText(refusal.remedy)}`);
  if (refusal.exit === "bug" && refusal.cause instanceof Error) lines.push(refusal.cause.stack ?? "");
  return `${lines.join("\n")}\n`;
}

function bug(error: unknown): Refusal {
  const found = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const remedy =
    "This is a bug in kvscale. Please report it with the command, the version and the lines below.";
  return new Refusal("bug", "bug", { expected: "no unforeseen error", found, remedy, cause: error });
}

function interrupted(terminal: Terminal, by: "SIGINT" | "SIGTERM"): number {
  terminal.err("interrupted; no unfinished output was left behind\n");
  return by === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
}

/** A signal that aborts on the first interrupt; listening ends then, so that the second one kills. */
function listenForInterrupts(terminal: Terminal) {
  const controller = new AbortController();
  const state = {
    signal: controller.signal,
    by: undefined as "SIGINT" | "SIGTERM" | undefined,
    stop: () => {},
  };
  state.stop = terminal.onInterrupt((signal) => {
    state.by = signal;
    state.stop();
    controller.abort();
  });
  return state;
}
