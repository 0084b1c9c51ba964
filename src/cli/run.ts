import { EXIT, type ExitName, isRefusal, Refusal } from "../errors.js";
import type { Io } from "../events.js";
import { type Envelope, envelopeError, jsonText } from "../report/envelope.js";
import { escapeText } from "../report/escape.js";
import type { View } from "../report/paint.js";
import { plainReporter, type Reporter, silentReporter } from "./reporter.js";
import { type Terminal, viewOf } from "./terminal.js";

/** Flags that every command takes. */
export interface GlobalFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
  readonly input?: boolean;
}

/** What a command leaves behind: its report as data, how to show it, and whether the answer was yes. */
export interface Outcome {
  readonly data: unknown;
  render(view: View): string;
  readonly exit?: ExitName;
}

/** Runs one command to its exit code. Foreseen refusals are told with their remedy; the rest is a bug of ours. */
export async function run(
  command: string,
  flags: GlobalFlags,
  terminal: Terminal,
  work: (io: Io) => Promise<Outcome>,
): Promise<number> {
  const reporter = flags.quiet || flags.json ? silentReporter() : plainReporter(terminal);
  const interruption = listenForInterrupts(terminal);
  try {
    const outcome = await work({ emit: reporter.emit, signal: interruption.signal });
    reporter.end();
    return conclude(command, flags, terminal, reporter, outcome);
  } catch (error) {
    reporter.end();
    if (interruption.by !== undefined) return interrupted(terminal, interruption.by);
    return refuse(command, flags, terminal, reporter, error);
  } finally {
    interruption.stop();
  }
}

/** Tells a refusal that came before any operation began: a wrong flag, an unknown command. */
export function refuseUsage(
  command: string,
  flags: GlobalFlags,
  terminal: Terminal,
  refusal: Refusal,
): number {
  return refuse(command, flags, terminal, silentReporter(), refusal);
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
  const envelope: Envelope = {
    schemaVersion: 1,
    command,
    ok: exit === EXIT.ok,
    data: outcome.data,
    warnings,
    error: null,
  };
  const text = flags.json ? jsonText(envelope) : outcome.render(viewOf(terminal, flags.color !== false));
  if (text !== "") terminal.out(text.endsWith("\n") ? text : `${text}\n`);
  return exit;
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
  terminal.err("interrupted; nothing was left behind\n");
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
