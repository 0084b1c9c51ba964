/** The command as one would type it again, without secrets. */
export function commandLine(argv: readonly string[]): string {
  const shown = argv.map((word, at) => (argv[at - 1] === "--token" ? "…" : withoutSecrets(word)));
  return ["kvscale", ...shown.map(quoted)].join(" ");
}

/** Text in which Hub tokens, the value of `--token=` and the passwords of addresses have lost their letters. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/(--token=)[^\s']*/g, "$1…")
    .replace(/hf_[A-Za-z0-9]{8,}/g, "hf_…")
    .replace(/(\w:\/\/)[^/@\s]+@/g, "$1…@");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./…-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
