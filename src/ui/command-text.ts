import { shellWord } from "../engines/words.js";

/** A command line of kvscale that a shell takes as these words. */
export function commandText(words: readonly string[]): string {
  const [command = "", ...rest] = words;
  return ["kvscale", command, ...rest.map((word) => (FLAG.test(word) ? word : shellWord(word)))].join(" ");
}

/** Our own flags; a path that looks like one is written as a path by `shellWord`. */
const FLAG = /^(-[a-z]|--[a-z-]+)$/;
