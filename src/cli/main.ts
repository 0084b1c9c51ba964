import { runProgram } from "./program.js";
import { processTerminal } from "./terminal.js";
import { version } from "./version.js";

/** The program: arguments in, exit code out. Pending output is flushed before the process ends by itself. */
export async function main(argv: readonly string[]): Promise<void> {
  process.exitCode = await runProgram(argv, processTerminal(), version());
}
