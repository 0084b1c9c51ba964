import type { Unread } from "./verdict.js";

/** Names with the same reason become one group; groups and names keep their order. */
export function groupUnread(pairs: Iterable<readonly [name: string, reason: string]>): Unread[] {
  const groups = new Map<string, string[]>();
  for (const [name, reason] of pairs) {
    const names = groups.get(reason);
    if (names === undefined) groups.set(reason, [name]);
    else names.push(name);
  }
  return Array.from(groups, ([reason, names]) => ({ names, reason }));
}
