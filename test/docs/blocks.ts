import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../operations/desk.js";

/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/** The pages that people read, by their path. */
export const PAGES: readonly string[] = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `docs/${name}`),
];

/** A page's text. */
export function pageText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The fenced blocks of a page, in order. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, body]) => ({
    language: language!,
    text: body!,
  }));
}

/** The kvscale commands of a shell block, as words; `\` joins lines, quotes hold words together. */
export function commandsOf({ text }: Block): string[][] {
  return text
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line.startsWith("kvscale "))
    .map((line) =>
      [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!).slice(1),
    );
}
