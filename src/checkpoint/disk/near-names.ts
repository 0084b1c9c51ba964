import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Existing paths that `path`, which does not exist, may have been meant for: the first part that is missing,
 * replaced by names like it. At most three, nearest first; none where nothing is near.
 */
export async function nearPaths(path: string): Promise<string[]> {
  const parent = dirname(path);
  if (parent !== path && !(await exists(parent))) return nearPaths(parent);
  const names = await readdir(parent).catch(() => []);
  return nearest(basename(path), names).map((name) => (path.includes("/") ? join(parent, name) : name));
}

/** The three of `names` nearest to `word`: few letters differ, or one begins with the other. */
export function nearest(word: string, names: readonly string[]): string[] {
  const limit = Math.max(1, Math.floor(word.length / 4));
  const ranked = names
    .filter((name) => !name.startsWith("."))
    .map((name) => ({ name, distance: distanceOf(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return ranked.slice(0, 3).map(({ name }) => name);
}

function distanceOf(word: string, name: string): number {
  if (word.length >= 3 && (name.startsWith(word) || word.startsWith(name)) && name.length >= 3) return 1;
  return editDistance(word, name);
}

/** Levenshtein distance with two neighbours swapped as one mistake, a row at a time. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const cheapest = Math.min(replaced, row[j]! + 1, next[j - 1]! + 1);
      next.push(swapped ? Math.min(cheapest, before[j - 2]! + 1) : cheapest);
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
