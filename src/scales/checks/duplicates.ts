import type { Finding } from "../../finding.js";
import { brief, sameScale } from "../algebra.js";
import type { Entry, ScaleTable } from "../table.js";
import { about, cells, count } from "./wording.js";

/** Findings about cells that have more than one scale, and tables in more than one spelling. */
export function checkDuplicates(table: ScaleTable): Finding[] {
  const pairs = table.entries.flatMap((entry, index) => {
    const next = table.entries[index + 1];
    return next !== undefined && next.site.path === entry.site.path && next.role === entry.role
      ? [[entry, next] as const]
      : [];
  });
  const contradicting = pairs.filter(([a, b]) => !sameScale(a.scale, b.scale));
  const equal = pairs.filter((pair) => !contradicting.includes(pair));
  return [...contradictions(contradicting), ...repetitions(equal), ...spellings(table)];
}

type Pair = readonly [Entry, Entry];

function contradictions(pairs: readonly Pair[]): Finding[] {
  const [first] = pairs;
  if (first === undefined) return [];
  const [one, other] = first.map((entry) => `${brief(entry.scale.values[0]!)} in ${source(entry)}`);
  const said = {
    code: "contradicting-scales",
    severity: "error",
    message: `${count(pairs.length, "scale")} given twice with different values: ${cells(pairs.map(([a]) => a))}; ${first[0].role} is ${one} and ${other}`,
    remedy: "Remove the stale file or tensor; each engine takes another one of the two.",
  } as const;
  return [about(pairs.flat(), said)];
}

function repetitions(pairs: readonly Pair[]): Finding[] {
  const [first] = pairs;
  if (first === undefined) return [];
  const said = {
    code: "duplicate-scales",
    severity: "warning",
    message: `${count(pairs.length, "scale")} given twice with the same value: ${cells(pairs.map(([a]) => a))}, as ${source(first[0])} and ${source(first[1])}`,
    remedy: "Keep one: `kvscale convert REF --engine E -o OUT` writes each scale once.",
  } as const;
  return [about(pairs.flat(), said)];
}

function source({ found }: Entry): string {
  return found === undefined ? "an unnamed place" : `${JSON.stringify(found.name)} of ${found.file}`;
}

function spellings(table: ScaleTable): Finding[] {
  const counts = new Map<string, number>();
  for (const { found } of table.entries) {
    if (found !== undefined) counts.set(found.spelling, (counts.get(found.spelling) ?? 0) + 1);
  }
  if (counts.size < 2) return [];
  const list = Array.from(counts, ([spelling, number]) => `${spelling} (${number})`).join(", ");
  return [
    {
      code: "mixed-spellings",
      severity: "warning",
      message: `The scales are spelled in ${counts.size} ways: ${list}; hardly an engine reads all of them`,
      remedy: "Write one spelling: `kvscale convert REF --engine E -o OUT`.",
    },
  ];
}
