/** A name from a checkpoint, safe to print: control and format characters become `\u{…}`. */
export function shown(name: string): string {
  const short = name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name;
  return short.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (unit) => `\\u{${unit.codePointAt(0)?.toString(16)}}`);
}

const LONGEST = 200;

/** "1 layer", "4 layers". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The first of several names, and how many more there are. */
export function listed(names: readonly string[]): string {
  const [first = "", ...rest] = names;
  return rest.length === 0 ? shown(first) : `${shown(first)} and ${rest.length} more`;
}

/** A path as one word for a POSIX shell: quoted where it must be, never an option. */
export function shellWord(path: string): string {
  const safe = shown(path.startsWith("-") ? `./${path}` : path);
  return /^[\w@%+=:,./-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", `'\\''`)}'`;
}
