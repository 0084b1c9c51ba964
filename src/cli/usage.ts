import type { Command, CommanderError, Option } from "commander";
import { nearest } from "../checkpoint/disk/near-names.js";
import { type Refusal, type RefusalParts, usageRefusal } from "../errors.js";
import { withoutSecrets } from "./command-line.js";

/** A command line that commander refused, as a refusal in our words: what was expected where, what it may have been meant for. */
export function usageOf(error: CommanderError, argv: readonly string[], program: Command): Refusal {
  const command = program.commands.find((one) => one.name() === argv[0]);
  const message = error.message.replace(/^error: /, "").replaceAll(/\s+/g, " ");
  const line: Line = {
    argv,
    program,
    command,
    help: `\`kvscale ${command ? `${command.name()} ` : ""}--help\``,
  };
  for (const { pattern, parts } of OBJECTIONS) {
    const told = pattern.exec(message);
    if (told !== null) return refusal(error, parts(line, told.slice(1)));
  }
  const expected = "a command line that `kvscale --help` describes";
  return refusal(error, { expected, found: message, remedy: `Run ${line.help}.` });
}

/** What was typed, and whose command it is. */
interface Line {
  readonly argv: readonly string[];
  readonly program: Command;
  readonly command: Command | undefined;
  /** How to ask for help with it, in back quotes. */
  readonly help: string;
}

/** A message of commander 14, and what we say of it. */
interface Objection {
  readonly pattern: RegExp;
  parts(line: Line, groups: readonly string[]): RefusalParts;
}

const OBJECTIONS: readonly Objection[] = [
  { pattern: /^unknown command '(.*?)'(?: |$)/, parts: (line, [word]) => noSuchCommand(line, word!) },
  { pattern: /^\(outputHelp\)$/, parts: (line) => noSuchCommand(line, line.argv[1] ?? line.argv[0]!) },
  { pattern: /^unknown option '(.*?)'(?: |$)/, parts: (line, [flag]) => noSuchOption(line, flag!) },
  { pattern: /^required option '(.*)' not specified$/, parts: (line, [flags]) => notGiven(line, flags!) },
  { pattern: /^option '(.*)' argument missing$/, parts: (line, [flags]) => withoutValue(line, flags!) },
  { pattern: /^missing required argument '(.*)'$/, parts: (line, [name]) => noArgument(line, name!) },
  {
    pattern: /^too many arguments.* Expected (\d+) arguments? but got (\d+)/,
    parts: ({ help }, [wanted, got]) => ({
      expected: wanted === "1" ? "one argument" : `${wanted} arguments`,
      found: got!,
      remedy: `Put quotes around a path with spaces; ${help} says what each argument is.`,
    }),
  },
  {
    pattern: /^option '(.*)' (?:argument|value) '(.*?)'(?: from env '(.*)')? is invalid\. (.*)$/,
    parts: (line, [flags, value, variable, complaint]) =>
      wrongValue(line, variable || longOf(flags!), value!, complaint!),
  },
  {
    pattern: /^command-argument value '(.*?)' is invalid for argument '(.*)'\. (.*)$/,
    parts: (line, [value, name, complaint]) => wrongValue(line, `<${name}>`, value!, complaint!),
  },
];

function refusal(error: CommanderError, { expected, found, remedy }: RefusalParts): Refusal {
  return usageRefusal(error.code.replace("commander.", "usage-"), {
    expected,
    found: withoutSecrets(found),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

function noSuchCommand({ program, help }: Line, word: string): RefusalParts {
  const names = program.commands.map((command) => command.name());
  return {
    expected: "a command of kvscale",
    found: `unknown command '${word}'`,
    remedy: `${meant(word, names)}${help} lists the commands.`,
  };
}

function noSuchOption({ command, program, help }: Line, flag: string): RefusalParts {
  const [word] = flag.split("=");
  const here = (command ?? program).options.map(({ long }) => long ?? "");
  const later = command === undefined && COMMON.has(word!);
  const expected = command === undefined ? "a command" : `an option of \`kvscale ${command.name()}\``;
  const hint = later
    ? "Options come after the command, as in `kvscale inspect REF --json`. "
    : meant(word!, here);
  return { expected, found: `unknown option '${flag}'`, remedy: `${hint}${help} lists the options.` };
}

/** Options of every command, which people also write before it. */
const COMMON: ReadonlySet<string> = new Set([
  "--json",
  "--quiet",
  "-q",
  "--ascii",
  "--no-color",
  "--config",
  "--github",
]);

/** A misspelt option is the likelier mistake, where there is one: commander looks for required ones first. */
function notGiven(line: Line, flags: string): RefusalParts {
  const misspelt = line.argv.slice(1).find((word) => word.startsWith("--") && !isKnown(line, word));
  if (misspelt !== undefined) return noSuchOption(line, misspelt);
  const { description = "" } = optionOf(line, flags) ?? {};
  return {
    expected: `${flags}${description === "" ? "" : `, ${description}`}`,
    found: "no such option",
    remedy: `Add it; ${line.help} lists the options.`,
  };
}

function withoutValue(line: Line, flags: string): RefusalParts {
  const { description = "", argChoices } = optionOf(line, flags) ?? {};
  const values = argChoices === undefined ? description : `one of ${argChoices.join(", ")}`;
  return {
    expected: `a value after ${longOf(flags)}: ${values}`,
    found: "none",
    remedy: `See ${line.help}.`,
  };
}

function noArgument({ command, help }: Line, name: string): RefusalParts {
  const argument = command?.registeredArguments.find((one) => one.name() === name);
  const about = argument?.description ? `, ${argument.description}` : "";
  return { expected: `<${name}>${about}`, found: "no argument", remedy: `See ${help}.` };
}

function wrongValue({ help }: Line, where: string, value: string, complaint: string): RefusalParts {
  const choices = /^Allowed choices are (.*)\.$/.exec(complaint)?.[1];
  const expected = choices === undefined ? lowered(complaint) : `one of ${choices}`;
  const hint = choices === undefined ? "" : meant(value, choices.split(", "));
  return { expected: `${where}: ${expected}`, found: `'${value}'`, remedy: `${hint}See ${help}.` };
}

/** "A whole number from 1 is expected." as the end of "expected …". */
function lowered(complaint: string): string {
  const plain = complaint.replace(/ (?:is|are) expected(.*)\.$/, "$1");
  return plain.replace(/^(?:A|One|Numbers)\b/, (word) => word.toLowerCase());
}

function meant(word: string, names: readonly string[]): string {
  const near = nearest(word, names);
  const likely = near.length > 0 ? near : names.filter((name) => isShortFor(word, name)).slice(0, 2);
  return likely.length === 0 ? "" : `Did you mean ${likely.join(" or ")}? `;
}

/** `trtllm` for `tensorrt-llm`, `text-generation-inference` for `tgi`: the letters of one in the other, in order. */
function isShortFor(word: string, name: string): boolean {
  const [short, long] = [word, name]
    .map((text) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, ""))
    .sort(byLength);
  if (short!.length < 3 || short![0] !== long![0]) return false;
  let at = 0;
  for (const letter of long!) if (letter === short![at]) at += 1;
  return at === short!.length;
}

function byLength(one: string, other: string): number {
  return one.length - other.length;
}

function isKnown({ command }: Line, word: string): boolean {
  const [name] = word.split("=");
  return word === "--" || (command?.options.some(({ long }) => long === name) ?? false);
}

function optionOf({ command }: Line, flags: string): Option | undefined {
  return command?.options.find((option) => option.flags === flags);
}

/** `--engine` of `-e, --engine <engine>`. */
function longOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}
