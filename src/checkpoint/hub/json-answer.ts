import { environmentRefusal } from "../../errors.js";
import type { Answer } from "./exchange.js";

/** The JSON of an answer's body. Throws an environment Refusal that names what came in its place. */
export async function readJson(answer: Answer, about: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readBody(answer, MOST_JSON, about));
  try {
    return JSON.parse(text);
  } catch {
    throw unexpectedAnswer(about, "JSON from the Hub", foundIn(text) ?? "other bytes");
  }
}

/** A whole body of at most `most` bytes; throws an environment Refusal for a longer one, without reading on. */
export async function readBody(answer: Answer, most: number, about: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body()) {
    size += chunk.length;
    if (size > most) throw unexpectedAnswer(about, `at most ${most} bytes`, "more");
    chunks.push(chunk);
  }
  return joinBytes(chunks, size);
}

/** What an answer turns out to be instead, by its first characters, where they show it. */
export function foundIn(text: string): string | undefined {
  const start = text.slice(0, 64).trimStart().toLowerCase();
  return FOREIGN.find(([begins]) => start.startsWith(begins))?.[1];
}

/** The environment Refusal for an answer that a Hub would not give: a portal, a proxy or a mirror spoke in its place. */
export function unexpectedAnswer(file: string, expected: string, found: string) {
  return environmentRefusal("unexpected-answer", {
    file,
    expected,
    found,
    remedy: BETWEEN,
  });
}

/** What to do about answers that no Hub gives. */
export const BETWEEN =
  "Check HF_ENDPOINT and the proxy variables: something between this machine and the Hub changes answers.";

/** A page of a listing has a thousand entries and a third of a megabyte. */
const MOST_JSON = 64 * 1024 * 1024;

const FOREIGN: readonly (readonly [begins: string, what: string])[] = [
  ["<!doctype html", "an HTML page"],
  ["<html", "an HTML page"],
  ["<?xml", "an XML document"],
  ["version https://git-lfs", "a Git-LFS pointer, which stands for the file but does not hold it"],
  ['{"error"', "an error message"],
];

function joinBytes(chunks: readonly Uint8Array[], size: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
