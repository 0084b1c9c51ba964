import type { CommandGrammar, OptionGrammar, Value } from "./grammar.js";

/** Completion for fish: to be sourced, or to be put into ~/.config/fish/completions/kvscale.fish. */
export function fishCompletion(commands: readonly CommandGrammar[]): string {
  const first = "not __fish_seen_subcommand_from " + commands.map(({ name }) => name).join(" ");
  return `# fish completion for kvscale. Load it with: kvscale completion fish | source
complete -c kvscale -e
${commands.map(({ name, summary }) => `complete -c kvscale -f -n ${quoted(first)} -a ${name} -d ${quoted(summary)}`).join("\n")}
${commands.flatMap(commandLines).join("\n")}
`;
}

function commandLines({ name, options, argument }: CommandGrammar): string[] {
  const within = `complete -c kvscale -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  const words =
    argument === undefined || argument === "any"
      ? ["-f"]
      : argument === "paths"
        ? []
        : [`-f -a ${quoted(argument.words.join(" "))}`];
  return [
    ...words.map((end) => `${within} ${end}`),
    ...options.map((option) => `${within} ${optionWords(option)}`),
  ];
}

function optionWords({ flags, summary, value }: OptionGrammar): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...names, ...valueWords(value), `-d ${quoted(summary)}`].join(" ");
}

function valueWords(value: Value | undefined): string[] {
  if (value === undefined) return [];
  if (value === "paths") return ["-r", "-F"];
  return value === "any" ? ["-x"] : ["-x", `-a ${quoted(value.words.join(" "))}`];
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
