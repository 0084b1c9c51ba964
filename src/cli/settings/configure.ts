import { relative } from "node:path";
import type { Command } from "commander";
import { escapeText } from "../../report/escape.js";
import type { Terminal } from "../terminal.js";

/**
 * Reads the settings file for a command that has settings; help never depends on one. Throws a usage Refusal for a file
 * that is wrong, or named and not there.
 */
export async function configure(
  program: Command,
  argv: readonly string[],
  terminal: Terminal & { argv: readonly string[] },
): Promise<void> {
  const command = program.commands.find((one) => one.name() === argv[0]);
  if (command === undefined || argv.some((word) => word === "--help" || word === "-h")) return;
  const { applySettings, CONFIGURED, flagsFrom, giveWayToFlags } = await import("./apply.js");
  if (!CONFIGURED.has(command.name())) return;
  const { readSettings } = await import("./file.js");
  const file = await readSettings(namedFile(argv), process.cwd());
  if (file !== undefined) applySettings(command, file);
  command.hook("preAction", () => {
    giveWayToFlags(command);
    const taken = flagsFrom(command, "config");
    // A report's command line must give the same result where the file and the environment are others.
    terminal.argv = [...argv, ...taken, ...flagsFrom(command, "env")];
    const { quiet, json } = command.opts<{ quiet?: boolean; json?: boolean }>();
    if (file === undefined || taken.length === 0 || quiet || json) return;
    terminal.err(
      `settings of ${escapeText(relative(process.cwd(), file.path) || file.path)}: ${escapeText(taken.join(" "))}\n`,
    );
  });
}

/** The value of `--config`, before anything is parsed: what it says decides about defaults. */
function namedFile(argv: readonly string[]): string | undefined {
  const end = argv.indexOf("--");
  const words = end < 0 ? argv : argv.slice(0, end);
  const at = words.lastIndexOf("--config");
  return at >= 0
    ? words[at + 1]
    : words.findLast((word) => word.startsWith("--config="))?.slice("--config=".length);
}
