import type { CommandGrammar, OptionGrammar, Value } from "./grammar.js";

/** Completion for zsh: to be sourced, or to be put into a folder of fpath as _kvscale. */
export function zshCompletion(commands: readonly CommandGrammar[]): string {
  return `#compdef kvscale
# zsh completion for kvscale. Load it with: source <(kvscale completion zsh)
_kvscale() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(commandCase).join("\n")}
  esac
}
if [[ $funcstack[1] == _kvscale ]]; then _kvscale "$@"; else compdef _kvscale kvscale; fi
`;
}

function commandCase({ name, options, argument }: CommandGrammar): string {
  const specs = options.flatMap(optionSpecs);
  const rest = argument === undefined ? [] : [quoted(`*:argument:${action(argument)}`)];
  return `    ${name}) _arguments ${[...specs, ...rest].join(" ")} ;;`;
}

/** One specification for each flag; each excludes the others of the same option. */
function optionSpecs({ flags, summary, value }: OptionGrammar): string[] {
  const told = summary.replaceAll(/[[\]\\]/g, "\\$&").replaceAll(":", "\\:");
  const takes = value === undefined ? "" : `:value:${action(value)}`;
  return flags.map((flag) => {
    const sign = value !== undefined && flag.startsWith("--") ? "=" : "";
    return quoted(`(${flags.join(" ")})${flag}${sign}[${told}]${takes}`);
  });
}

function action(value: Value): string {
  if (value === "paths") return "_files";
  return value === "any" ? " " : `(${value.words.join(" ")})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
