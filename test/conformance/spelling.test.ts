import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFloat32, sameScale } from "../../src/scales/algebra.js";
import { type EncodedScale, encode, respell } from "../../src/scales/encode.js";
import { recognise } from "../../src/scales/recognise.js";
import { scaleOf } from "../../src/scales/scale.js";
import type { Role } from "../../src/scales/site.js";
import type { NameForm } from "../../src/scales/spelling.js";
import { SPELLINGS, WRITABLE } from "../../src/scales/spellings.js";
import { type Entry, type Loss, type ScaleTable, tableOf } from "../../src/scales/table.js";
import { compile } from "../../src/scales/template.js";
import { completeTables, SITE_FORMS, sites } from "../scales/arbitrary.js";

/** Every form of every row, each role of it: what the conformance suite runs over. */
const FORMS = SPELLINGS.flatMap((row) =>
  [...row.names, ...(row.companions ?? [])].flatMap((form) =>
    form.roles.map((role) => ({ row, form, role })),
  ),
);
const any = fc.constantFrom(...FORMS);

describe("every row of the table of spellings", () => {
  it("parses what it prints", () => {
    fc.assert(
      fc.property(any, sites, ({ form, role }, site) => {
        const template = compile(form.template, form.roles);
        expect(template.parse(template.print(site.path, role))).toEqual({ site: site.path, role });
      }),
      { numRuns: 1000 },
    );
  });

  it("is the only row that claims its names, on every form of module", () => {
    for (const { row, form, role } of FORMS) {
      for (const path of SITE_FORMS) {
        const name = nameOf(form, path(3), role);
        const reading = recognise(name);
        if (row.status === "refused")
          expect(reading, name).toMatchObject({ as: "refused", spelling: row.id });
        else expect(reading, name).toMatchObject({ spelling: row.id, site: { path: path(3) }, role });
        expect(claims(name), name).toEqual([row.id]);
      }
    }
  });

  it("tells scales from companions", () => {
    for (const row of SPELLINGS.filter(({ status }) => status !== "refused")) {
      for (const form of row.names) expect(readingsOf(form)).toEqual(new Set(["scale"]));
      for (const form of row.companions ?? []) expect(readingsOf(form)).toEqual(new Set(["companion"]));
    }
  });
});

describe("every pair of writable spellings", () => {
  const pairs = WRITABLE.flatMap((from) => WRITABLE.map((to) => [from, to] as const));

  it.each(pairs)("%s to %s: values survive, or the loss is listed", (from, to) => {
    fc.assert(
      fc.property(completeTables, (table) => {
        const first = encode(table, from);
        const source = readBack(first.tensors, table);
        const second = encode(source, to);
        expectHonest(source, readBack(second.tensors, table), second.losses);
      }),
      { numRuns: 30 },
    );
  });

  it.each(WRITABLE)("%s: what was written reads back bit for bit, and writes the same again", (spelling) => {
    fc.assert(
      fc.property(completeTables, (table) => {
        const first = encode(table, spelling);
        const again = encode(readBack(first.tensors, table), spelling);
        expect(again.losses).toEqual([]);
        expect(again.tensors).toEqual(first.tensors);
      }),
      { numRuns: 100 },
    );
  });

  it.each(WRITABLE)("%s: from any table, values survive or the loss is listed", (spelling) => {
    fc.assert(
      fc.property(completeTables, (table) => {
        const { tensors, losses } = encode(table, spelling);
        expectHonest(table, readBack(tensors, table), losses);
        expect(
          respell(table, spelling).losses.every(
            (loss) => losses.includes(loss) || losses.some((l) => l.detail === loss.detail),
          ),
        ).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

function nameOf(form: NameForm, path: string, role: Role): string {
  return compile(form.template, form.roles).print(path, role);
}

/** Rows with a form that fits the name and leaves a module of a real form: an independent count. */
function claims(name: string): string[] {
  const real = new Set(SITE_FORMS.map((path) => path(3)));
  const ids = FORMS.filter(({ form }) =>
    real.has(compile(form.template, form.roles).parse(name)?.site ?? ""),
  ).map(({ row }) => row.id);
  return [...new Set(ids)];
}

function readingsOf(form: NameForm): Set<string | undefined> {
  return new Set(form.roles.map((role) => recognise(nameOf(form, "model.layers.3.self_attn", role))?.as));
}

/** The table that a reader makes of written tensors: by name, dtype, shape and bytes alone. */
function readBack(tensors: readonly EncodedScale[], { format }: ScaleTable): ScaleTable {
  const entries = tensors.map(({ name, dtype, shape, bytes }): Entry => {
    const reading = recognise(name);
    if (reading?.as !== "scale") throw new Error(`${name} reads as ${reading?.as}`);
    return { site: reading.site, role: reading.role, scale: scaleOf({ dtype, shape, bytes }, {}) };
  });
  return tableOf(format, entries);
}

/** For each scale of `before`: it is in `after` with the same numbers, or a listed loss explains why not. */
function expectHonest(before: ScaleTable, after: ScaleTable, losses: readonly Loss[]): void {
  for (const entry of before.entries) {
    const heirs = heirsOf(entry, after);
    if (heirs.length === 0) {
      expect(entry.role === "q" || entry.role === "prob").toBe(true);
      expect(losses.map(({ code }) => code)).toContain("role-dropped");
    }
    for (const heir of heirs) {
      if (sameScale(heir.scale, entry.scale)) continue;
      const excuses = excusesOf(entry, heir, losses);
      expect(
        excuses,
        `${entry.site.path} ${entry.role} ${entry.scale.values} became ${heir.scale.values}`,
      ).not.toEqual([]);
      for (const value of entry.scale.values)
        expect(Math.max(...heir.scale.values)).toBeGreaterThanOrEqual(
          Math.fround(value) - Number.EPSILON * value,
        );
    }
  }
  for (const { site, scale } of after.entries) {
    const numbers = before.entries
      .filter((entry) => entry.site.path === site.path)
      .flatMap((entry) => entry.scale.values);
    for (const value of scale.values)
      expect(numbers.map(Math.fround), "a number was made up").toContain(value);
  }
}

function heirsOf({ site, role }: Entry, after: ScaleTable): Entry[] {
  const roles: readonly Role[] =
    role === "kv" ? ["kv", "k", "v"] : role === "k" || role === "v" ? [role, "kv"] : [role];
  return after.entries.filter((entry) => entry.site.path === site.path && roles.includes(entry.role));
}

/** Codes of listed losses that can explain the change of this one entry. */
function excusesOf(entry: Entry, heir: Entry, losses: readonly Loss[]): string[] {
  const here = losses
    .filter(({ site }) => site === undefined || site === entry.site.path)
    .map(({ code }) => code);
  const can = [
    ...(heir.role === "kv" && entry.role !== "kv" ? ["fused-by-max"] : []),
    ...(heir.scale.per !== entry.scale.per ? ["heads-reduced-by-max"] : []),
    ...(entry.scale.values.every(isFloat32) ? [] : ["rounded"]),
  ];
  // Equal heads reduce to the same number: nothing is lost.
  const allEqual =
    entry.scale.per === "head" && new Set([...entry.scale.values, ...heir.scale.values]).size === 1;
  return [...can.filter((code) => here.some((loss) => loss === code)), ...(allEqual ? ["same number"] : [])];
}
