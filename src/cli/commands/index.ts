import type { Command } from "commander";
import type { Terminal } from "../terminal.js";
import { calibrateCommand } from "./calibrate.js";
import { completionCommand } from "./completion.js";
import { convertCommand } from "./convert.js";
import { doctorCommand } from "./doctor.js";
import { extractCommand } from "./extract.js";
import { inspectCommand } from "./inspect.js";
import { mergeCommand } from "./merge.js";
import { pushCommand } from "./push.js";
import { stripCommand } from "./strip.js";
import { verifyCommand } from "./verify.js";

/** How a command is made: it prints through `terminal` and hands its exit code to `exit`. */
export type DefineCommand = (terminal: Terminal, exit: (code: number) => void) => Command;

/** Every command, in the order of the help text. */
export const COMMANDS: readonly DefineCommand[] = [
  inspectCommand,
  extractCommand,
  mergeCommand,
  convertCommand,
  stripCommand,
  calibrateCommand,
  pushCommand,
  verifyCommand,
  doctorCommand,
  completionCommand,
];
