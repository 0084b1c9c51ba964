import type { InspectReport } from "../../src/operations/inspect.js";
import type { ScaleRow } from "../../src/operations/scale-rows.js";
import type { Role } from "../../src/scales/site.js";
import type { Loss } from "../../src/scales/table.js";

/** Scales as a report tells them, and the FP8 format that they are for. */
export type Scales = Pick<InspectReport, "format" | "scales">;

/** Scales that the result says otherwise than the source, without a loss that speaks of them. */
export function unexplained(before: Scales, after: Scales, losses: readonly Loss[]): string[] {
  const factor = factorBetween(before, after);
  return before.scales.flatMap((row) => {
    const values = row.values.map((value) => value * factor);
    const said = foundAgain(row, after.scales).map((found) => found.values);
    const kept = said.length > 0 && said.every((numbers) => mean(numbers) === mean(values));
    if (kept || losses.some((loss) => speaks(loss, { ...row, values }, said))) return [];
    return [`${row.site} ${row.role}: ${values} became ${JSON.stringify(said)}`];
  });
}

/** True where no head of a scale would clip what it held before; one number speaks for all heads. */
function covers(numbers: readonly number[], values: readonly number[]): boolean {
  const heads = Math.max(numbers.length, values.length);
  return Array.from({ length: heads }, (_, head) => head).every(
    (head) => numbers[numbers.length === 1 ? 0 : head]! >= values[values.length === 1 ? 0 : head]!,
  );
}

/** Heads that are all alike mean what one number for all of them means. */
function mean(values: readonly number[]): string {
  return values.every((value) => value === values[0]) ? String(values[0]) : String(values);
}

/** Scales of the result that stand for none of the source's, and numbers that the source's site does not have. */
export function madeUp(before: Scales, after: Scales): string[] {
  const factor = factorBetween(before, after);
  return after.scales
    .filter((row) => {
      const sources = before.scales.filter((source) => source.site === row.site);
      const known = new Set(
        sources.flatMap(({ values }) => values.map((value) => Math.fround(value * factor))),
      );
      const stands = sources.some((source) => foundAgain(source, [row]).length > 0);
      return !stands || row.values.some((value) => !known.has(Math.fround(value)));
    })
    .map((row) => `${row.site} ${row.role}: ${row.values}`);
}

function factorBetween(before: Scales, after: Scales): number {
  if (before.format === after.format) return 1;
  return before.format === "float8_e4m3fnuz" ? 0.5 : 2;
}

/** Where a reader finds this scale: under its role, or keys and values under the other form. */
function foundAgain({ site, role }: ScaleRow, rows: readonly ScaleRow[]): readonly ScaleRow[] {
  return rows.filter((row) => row.site === site && FORMS[role].includes(row.role));
}

const FORMS: Record<Role, readonly Role[]> = {
  k: ["k", "kv"],
  v: ["v", "kv"],
  kv: ["kv", "k", "v"],
  q: ["q"],
  prob: ["prob"],
};

/** True where a loss is about this very scale, and what took its place is what the loss allows. */
function speaks({ code, site, detail }: Loss, row: ScaleRow, said: readonly (readonly number[])[]): boolean {
  const larger = said.every((numbers) => covers(numbers, row.values));
  switch (code) {
    case "role-dropped":
      return said.length === 0 && detail.includes(`the ${row.role} scales`);
    case "sites-dropped":
      return said.length === 0 && site === row.site;
    case "fused-by-max":
      return said.length === 1 && site === row.site && larger;
    case "heads-reduced-by-max":
      return said.length > 0 && site === row.site && row.per === "head" && larger;
    case "rounded":
      return said.length > 0 && said.flat().every((value, at) => value === Math.fround(row.values[at]!));
    default:
      return false;
  }
}
