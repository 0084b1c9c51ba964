import { isatty } from "node:tty";
import { coloured, plain, type View } from "../report/paint.js";

/** The outside of a command: where it prints, how wide that is, and how it is interrupted. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly width: number;
  /** True when stderr can redraw a line. */
  readonly animated: boolean;
  readonly colour: boolean;
  /** True when a person sits at both ends: the interactive session may start. */
  readonly interactive?: boolean;
  /** The environment, where a command asks for it: CI, the files of its runner. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The arguments of this run, for reports that tell how they were made. */
  readonly argv?: readonly string[];
  /** Calls back on the first interrupt; a second one ends the process. Returns how to stop listening. */
  onInterrupt(callback: (signal: "SIGINT" | "SIGTERM") => void): () => void;
}

/** The view of a terminal under `--no-color`. */
export function viewOf(terminal: Terminal, colour: boolean): View {
  return { width: terminal.width, paint: colour && terminal.colour ? coloured : plain };
}

/** The terminal of this process: NO_COLOR, FORCE_COLOR, TERM=dumb, CI and closed pipes are honoured. */
export function processTerminal(): Terminal {
  const { env, stdout, stderr } = process;
  endQuietlyOnClosedPipe();
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    width: stdout.columns ?? (Number(env["COLUMNS"]) || DEFAULT_WIDTH),
    animated: stderr.isTTY === true && env["TERM"] !== "dumb" && !env["CI"],
    colour: wantsColour(env, stdout.isTTY === true),
    interactive: isatty(STDIN) && stdout.isTTY === true && env["TERM"] !== "dumb" && !env["CI"],
    env,
    onInterrupt,
  };
}

const DEFAULT_WIDTH = 100;

/** Asked by number: `process.stdin` opens a stream that most commands never read. */
const STDIN = 0;

/** https://no-color.org and https://force-color.org: set and not empty. */
function wantsColour(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"]) return env["FORCE_COLOR"] !== "0";
  return isTerminal && env["TERM"] !== "dumb";
}

/** `kvscale inspect … | head` closes our stdout early; that is not an error. */
function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!CLOSED.has(error.code ?? "")) throw error;
      stream.destroy();
    });
  }
}

/** The reader of a pipe has gone; the terminal was closed. */
const CLOSED: ReadonlySet<string> = new Set(["EPIPE", "EIO"]);

function onInterrupt(callback: (signal: "SIGINT" | "SIGTERM") => void): () => void {
  const listen = (signal: "SIGINT" | "SIGTERM") => {
    const listener = () => callback(signal);
    process.once(signal, listener);
    return () => process.removeListener(signal, listener);
  };
  const stops = [listen("SIGINT"), listen("SIGTERM")];
  return () => {
    for (const stop of stops) stop();
  };
}
