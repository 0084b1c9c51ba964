import { usageRefusal } from "../errors.js";
import type { Io } from "../events.js";
import type { TextChoice } from "../runner/text/sequences.js";
import type { Deps } from "./deps.js";

/** The text or token file that a command was given; undefined for the built-in text. */
export async function readGiven(
  { text, tokens }: { readonly text?: string | undefined; readonly tokens?: string | undefined },
  io: Io,
  deps: Deps,
): Promise<TextChoice["given"]> {
  if (text !== undefined && tokens !== undefined) {
    throw usageRefusal("text-twice", { expected: "either --text or --tokens", found: "both" });
  }
  const file = text ?? tokens;
  if (file === undefined) return undefined;
  const content = await deps.readText(file, io.signal);
  return { file, content, as: text === undefined ? "tokens" : "text" };
}
