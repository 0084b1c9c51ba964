import { Argument, Command } from "commander";
import type { Terminal } from "../terminal.js";

/** The shells there is a script for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** `kvscale completion SHELL` */
export function completionCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("completion")
    .description("print a script that completes commands, flags, engines and paths")
    .addArgument(new Argument("<shell>", "whose script").choices(SHELLS))
    .addHelpText("after", HELP)
    .action(async (shell: (typeof SHELLS)[number], _flags: object, command: Command) => {
      const { SCRIPTS } = await import("../completion/scripts.js");
      const { grammarOf } = await import("../completion/grammar.js");
      terminal.out(SCRIPTS[shell](grammarOf(command.parent ?? command)));
      exit(0);
    });
}

const HELP = `
To load it:
  bash        source <(kvscale completion bash)
  zsh         source <(kvscale completion zsh)
  fish        kvscale completion fish | source
  powershell  kvscale completion powershell | Out-String | Invoke-Expression`;
