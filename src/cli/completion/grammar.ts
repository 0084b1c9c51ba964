import type { Argument, Command, Option } from "commander";

/** What may stand in one place of a command line. "paths" are files and directories, "any" cannot be guessed. */
export type Value = { readonly words: readonly string[] } | "paths" | "any";

/** One option: its flags, and what its value may be; undefined for a switch. */
export interface OptionGrammar {
  readonly flags: readonly string[];
  readonly summary: string;
  readonly value?: Value;
}

/** One command as completion knows it. */
export interface CommandGrammar {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionGrammar[];
  /** What its arguments may be; undefined where it takes none. */
  readonly argument?: Value;
}

/** The grammar of a program, read from the program itself. */
export function grammarOf(program: Command): CommandGrammar[] {
  const commands = program.commands.map(commandGrammar);
  const help: CommandGrammar = {
    name: "help",
    summary: "help for a command",
    options: [],
    argument: { words: commands.map(({ name }) => name) },
  };
  return [...commands, help];
}

function commandGrammar(command: Command): CommandGrammar {
  const shown = command.createHelp().visibleOptions(command);
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    summary: command.description(),
    options: shown.map(optionGrammar),
    ...(argument === undefined ? {} : { argument: argumentValue(argument) }),
  };
}

function optionGrammar(option: Option): OptionGrammar {
  const flags = [option.long, option.short].filter((flag) => flag !== undefined && flag !== null);
  const takes = option.required || option.optional;
  const value = option.argChoices ? { words: option.argChoices } : placeValue(option.flags);
  return { flags, summary: option.description, ...(takes ? { value } : {}) };
}

function argumentValue(argument: Argument): Value {
  const { argChoices } = argument;
  return argChoices === undefined ? placeValue(`<${argument.name()}>`) : { words: argChoices };
}

/** A placeholder tells what is expected: `<file>`, `<dir>`, `<ref>` and `<base>` are places on the disk. */
function placeValue(flags: string): Value {
  return /<(?:file|dir|ref|base)>/.test(flags) ? "paths" : "any";
}
