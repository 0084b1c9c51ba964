import { runProgram } from "../../src/cli/program.js";
import type { Terminal } from "../../src/cli/terminal.js";

/** What a run of the program left. */
export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** How the terminal of a run differs from a pipe of a hundred columns. */
export interface Seat extends Partial<Pick<Terminal, "width" | "animated" | "colour" | "env">> {
  /** Interrupts as soon as the operation begins to say so. */
  readonly interrupt?: "SIGINT" | "SIGTERM";
}

/** Runs the program in this process. */
export async function ran(argv: readonly string[], seat: Seat = {}): Promise<Ran> {
  let [out, err] = ["", ""];
  const { interrupt, ...looks } = seat;
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    width: 100,
    animated: false,
    colour: false,
    ...looks,
    onInterrupt: (callback) => {
      if (interrupt !== undefined) callback(interrupt);
      return () => {};
    },
  };
  const exit = await runProgram(argv, terminal, "1.2.3");
  return { exit, out, err };
}
