import { run } from "./run.js";
import type { Terminal } from "./terminal.js";

/**
 * The interactive session as a command: its exit code, interrupts and bugs like any other's. What it needs is loaded
 * here and nowhere else, after React is told that this is no development.
 */
export async function runSession(terminal: Terminal, colour: boolean): Promise<number> {
  return run("session", {}, terminal, async ({ signal }) => {
    const { env, stdin, stdout } = process;
    const shown = colour && terminal.colour;
    env["NODE_ENV"] ??= "production";
    if (!shown) env["FORCE_COLOR"] = "0";
    const { startSession } = await import("../ui/start.js");
    const { interrupted, farewell } = await startSession({ env, stdin, stdout, colour: shown });
    signal.throwIfAborted();
    return {
      data: null,
      render: () => farewell.join("\n"),
      exit: interrupted ? "interrupted" : "ok",
    };
  });
}
