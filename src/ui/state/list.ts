import type { Key } from "./key.js";

/** The cursor of a list of `count` items after a key; it stops at the ends. Other keys leave it where it is. */
export function moveCursor(cursor: number, count: number, key: Key, page = 10, least = 0): number {
  const step = STEPS.get(key.name);
  const wanted = step === undefined ? cursor : cursor + step * (isPage(key) ? page : 1);
  const to = key.name === "home" ? least : key.name === "end" ? count - 1 : wanted;
  return Math.max(least, Math.min(count - 1, to));
}

/** The part of a list that is shown: as many items as fit, the cursor near their middle. */
export function shownPart(cursor: number, count: number, height: number): { from: number; to: number } {
  const from = Math.max(0, Math.min(cursor - Math.floor(height / 2), count - height));
  return { from, to: Math.min(count, from + Math.max(1, height)) };
}

const STEPS: ReadonlyMap<string, number> = new Map([
  ["up", -1],
  ["down", 1],
  ["page-up", -1],
  ["page-down", 1],
]);

function isPage({ name }: Key): boolean {
  return name === "page-up" || name === "page-down";
}
