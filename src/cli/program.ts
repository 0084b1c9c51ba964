import { Command, CommanderError } from "commander";
import { EXIT, isRefusal, type Refusal } from "../errors.js";
import { asciiTerminal } from "./ascii.js";
import { COMMANDS } from "./commands/index.js";
import { refuseUsage } from "./run.js";
import { runSession } from "./session.js";
import { configure } from "./settings/configure.js";
import type { Terminal } from "./terminal.js";

/** Parses arguments, runs the command, and answers with the exit code. Prints through `terminal` only. */
export async function runProgram(
  argv: readonly string[],
  outside: Terminal,
  version: string,
): Promise<number> {
  const terminal = { ...signsOf(argv, outside), argv };
  const state = { exit: 0 };
  const program = build(terminal, version, (exit) => {
    state.exit = exit;
  });
  try {
    if (argv.every((word) => ALONE.has(word))) return await withoutCommand(argv, program, terminal);
    await configure(program, argv, terminal);
    await program.parseAsync([...argv], { from: "user" });
    return state.exit;
  } catch (error) {
    // Help and version are not errors; everything else commander objects to is a usage refusal.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const refusal = error instanceof CommanderError ? await usage(error, argv, program) : error;
    if (!isRefusal(refusal)) throw error;
    const name = commandOf(argv, program).trim() || "kvscale";
    return refuseUsage(name, { json: argv.includes("--json") }, terminal, refusal);
  }
}

/** `--ascii`, or KVSCALE_ASCII=1 for every command: nothing else is printed, help included. */
function signsOf(argv: readonly string[], terminal: Terminal): Terminal {
  return wantsAscii(argv, terminal) ? asciiTerminal(terminal, argv.includes("--json")) : terminal;
}

function wantsAscii(argv: readonly string[], { env }: Terminal): boolean {
  return argv.includes("--ascii") || Boolean(env?.["KVSCALE_ASCII"]);
}

function build(terminal: Terminal, version: string, exit: (code: number) => void): Command {
  const program = new Command("kvscale")
    .description("FP8 KV-cache scales in safetensors checkpoints: find, move, convert, strip and check them.")
    .version(version, "-V, --version")
    .helpCommand("help [command]", "help for a command")
    .addHelpText("after", HELP)
    .showHelpAfterError("(kvscale --help lists the commands)");
  for (const define of COMMANDS) program.addCommand(prepared(define(terminal, exit), terminal));
  return prepared(program, terminal);
}

function prepared(command: Command, terminal: Terminal): Command {
  const quiet = { writeOut: (text: string) => terminal.out(text), writeErr: () => {} };
  return command
    .exitOverride()
    .configureOutput({ ...quiet, getOutHelpWidth: () => Math.min(terminal.width, 100) });
}

const HELP = `
REF, a checkpoint:
  a directory · one .safetensors or .json file · a snapshot in the Hub cache · org/name[@revision] on the Hub

Exit codes:
  0 ok · 1 the verdict is no (--strict) · 2 usage · 3 refused input · 4 environment · 70 a bug · 130/143 interrupted

Examples:
  kvscale                       (on a terminal: an interactive session)
  kvscale inspect ./Llama-3-8B-FP8
  kvscale merge ./Llama-3-8B --from ./Llama-3-8B-FP8 -o ./Llama-3-8B-KV --engine vllm
  kvscale convert ./model-modelopt --engine tgi -o ./model-tgi`;

/** Loaded only where it is needed: most command lines are right. */
async function usage(error: CommanderError, argv: readonly string[], program: Command): Promise<Refusal> {
  const { usageOf } = await import("./usage.js");
  return usageOf(error, argv, program);
}

/** Flags that may be given without a command: never start a session, start one without colours, or in ASCII. */
const ALONE: ReadonlySet<string> = new Set(["--no-input", "--no-color", "--ascii"]);

/** A person gets the session, everything else the help: it never animates and never asks. */
async function withoutCommand(
  argv: readonly string[],
  program: Command,
  terminal: Terminal,
): Promise<number> {
  if (terminal.interactive && !argv.includes("--no-input"))
    return runSession(terminal, { colour: !argv.includes("--no-color"), ascii: wantsAscii(argv, terminal) });
  terminal.err(`${program.helpInformation()}${HELP}\n`);
  return EXIT.usage;
}

function commandOf([first = ""]: readonly string[], program: Command): string {
  return program.commands.some((command) => command.name() === first) ? `${first} ` : "";
}
