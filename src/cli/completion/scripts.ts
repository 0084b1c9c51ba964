import { bashCompletion } from "./bash.js";
import { fishCompletion } from "./fish.js";
import type { CommandGrammar } from "./grammar.js";
import { powershellCompletion } from "./powershell.js";
import { zshCompletion } from "./zsh.js";

/** The script for each shell. */
export const SCRIPTS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
} as const satisfies Record<string, (commands: readonly CommandGrammar[]) => string>;
