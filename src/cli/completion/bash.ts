import type { CommandGrammar, OptionGrammar, Value } from "./grammar.js";

/** Completion for bash 3.2 and later, without the bash-completion package and without running the program. */
export function bashCompletion(commands: readonly CommandGrammar[]): string {
  return `# bash completion for kvscale. Load it with: source <(kvscale completion bash)
_kvscale() {
  local cur prev words
  cur=\${COMP_WORDS[COMP_CWORD]}
  prev=\${COMP_WORDS[COMP_CWORD-1]}
  # "--flag=value" reaches us as three words.
  if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words="${[...commands.map(({ name }) => name), "--help", "--version"].join(" ")}"
    _kvscale_words
    return
  fi
  case "\${COMP_WORDS[1]} $prev" in
${commands.flatMap(valueCases).join("\n")}
  esac
  if [[ $cur == -* ]]; then
    case \${COMP_WORDS[1]} in
${commands.map(flagCase).join("\n")}
    esac
    _kvscale_words
    return
  fi
  case \${COMP_WORDS[1]} in
${commands.flatMap(argumentCase).join("\n")}
  esac
}
# Words are all there is: file names, which bash falls back to, are not wanted beside them.
_kvscale_words() {
  compopt +o default 2>/dev/null
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _kvscale kvscale
`;
}

/** Without an answer bash completes file names by itself, with its own quoting. */
function valueCases({ name, options }: CommandGrammar): string[] {
  const take = options.filter(({ value }) => value !== undefined);
  return take.map(({ flags, value }) => {
    const patterns = flags.map((flag) => `"${name} ${flag}"`).join("|");
    return `    ${patterns}) ${answer(value!)} ;;`;
  });
}

function answer(value: Value): string {
  if (value === "paths") return "return";
  if (value === "any") return "compopt +o default 2>/dev/null; return";
  return `words="${value.words.join(" ")}"; _kvscale_words; return`;
}

function flagCase({ name, options }: CommandGrammar): string {
  return `      ${name}) words="${options.map(longest).join(" ")}" ;;`;
}

function argumentCase({ name, argument }: CommandGrammar): string[] {
  return argument === undefined || typeof argument === "string"
    ? []
    : [`    ${name}) ${answer(argument)} ;;`];
}

function longest({ flags }: OptionGrammar): string {
  return flags[0]!;
}
