/**
 * The versions of symbols that an ELF file asks of its libraries, by library: "libc.so.6" → ["GLIBC_2.2.5", …]. Reads the
 * dynamic section and .gnu.version_r of 64-bit little-endian files (System V gABI; Linux Standard Base, "Symbol
 * Versioning"). Throws where the file is none.
 */
export function neededVersions(file: Buffer): Map<string, string[]> {
  if (file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1)
    throw new Error("expected a 64-bit little-endian ELF file");
  const sections = sectionsOf(file);
  const needs = sections.find(({ type }) => type === SHT_GNU_VERNEED);
  if (needs === undefined) return new Map();
  const text = textsOf(file, sections[needs.link]!.offset);
  return new Map(
    chained(file, needs.offset, 12, needs.info).map((at) => [
      text(file.readUInt32LE(at + 4)),
      chained(file, at + file.readUInt32LE(at + 8), 12, file.readUInt16LE(at + 2)).map((version) =>
        text(file.readUInt32LE(version + 8)),
      ),
    ]),
  );
}

/** The highest of the versions with that prefix, "" where there is none: of 2.9 and 2.14, 2.14. */
export function highest(versions: readonly string[], prefix: string): string {
  const numbers = versions.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return numbers.sort(compareVersions).at(-1) ?? "";
}

/** Order of dotted numbers; what is missing counts as nothing. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(".").map(Number));
  const length = Math.max(left!.length, right!.length);
  const differences = Array.from({ length }, (_, at) => (left![at] ?? 0) - (right![at] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

const SHT_GNU_VERNEED = 0x6ffffffe;

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly link: number;
  readonly info: number;
}

function sectionsOf(file: Buffer): Section[] {
  const table = Number(file.readBigUInt64LE(0x28));
  const [size, count] = [file.readUInt16LE(0x3a), file.readUInt16LE(0x3c)];
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * size;
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 0x18)),
      link: file.readUInt32LE(at + 0x28),
      info: file.readUInt32LE(at + 0x2c),
    };
  });
}

/** Places of the entries of a list in which each says at `next` how far the following one is. */
function chained(file: Buffer, first: number, next: number, count: number): number[] {
  const places = [first];
  while (places.length < count) {
    const at = places.at(-1)!;
    places.push(at + file.readUInt32LE(at + next));
  }
  return places;
}

function textsOf(file: Buffer, table: number): (at: number) => string {
  return (at) => file.toString("latin1", table + at, file.indexOf(0, table + at));
}
