import type { Case } from "./cases.js";
import { escapeText } from "./escape.js";
import { countText } from "./words.js";

/**
 * Failed and warned cases as workflow commands, one a line. GitHub shows ten annotations of a kind for a step, so
 * that the tenth tells how many more there are.
 */
export function annotations(title: string, cases: readonly Case[]): string[] {
  return KINDS.flatMap(([outcome, kind]) => {
    const own = cases.filter((one) => one.outcome === outcome);
    const told = own.length > MOST ? own.slice(0, MOST - 1) : own;
    const lines = told.map(({ name, message, detail }) =>
      command(
        kind,
        `${title}: ${name}`,
        [message, detail].filter((text) => text !== undefined && text !== "").join("\n"),
      ),
    );
    const rest = own.length - told.length;
    const more =
      rest === 0
        ? []
        : [
            command(
              kind,
              title,
              `${countText(rest, "more " + kind)}; the report and the step summary have all`,
            ),
          ];
    return [...lines, ...more];
  });
}

/** One annotation. `::` and `,` would end a property, a line break the command. */
export function command(kind: "error" | "warning" | "notice", title: string, message: string): string {
  return `::${kind} title=${property(escapeText(title))}::${data(message)}`;
}

/** `name=value` lines of an output file; values of several lines between delimiters that do not occur in them. */
export function outputLines(outputs: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(outputs)
    .map(([name, value]) => outputLine(name, String(value)))
    .join("");
}

/** Keeps text of a checkpoint from being taken for a workflow command: the runner obeys lines that begin with `::`. */
export function withoutCommands(text: string): string {
  return text.replace(
    /^([ \t]*)(?=::|##\[)(.)/gm,
    (_, air: string, first: string) => `${air}\\u{${first.charCodeAt(0).toString(16)}}`,
  );
}

/** Markdown cut at a line so that it stays within so many bytes, saying so. */
export function within(text: string, bytes: number): string {
  if (new TextEncoder().encode(text).length <= bytes) return text;
  const room = Math.max(0, bytes - CUT.length - 4);
  const head = new TextDecoder()
    .decode(new TextEncoder().encode(text).subarray(0, room))
    .replace(/\uFFFD+$/, "");
  return bytes <= CUT.length ? "" : head.slice(0, head.lastIndexOf("\n") + 1) + CUT;
}

const CUT = "\n_Cut here: a step summary holds no more. The report file has all._\n";

const MOST = 10;

const KINDS = [
  ["failed", "error"],
  ["warning", "warning"],
] as const;

function data(text: string): string {
  const lines = text.split("\n").map(escapeText).join("\n");
  return lines.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

function outputLine(name: string, value: string): string {
  if (!/[\r\n]/.test(value)) return `${name}=${value}\n`;
  let fence = "EOF";
  while (value.includes(fence)) fence += "_";
  return `${name}<<${fence}\n${value}\n${fence}\n`;
}
