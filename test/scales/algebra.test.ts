import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  broadcast,
  dropRoles,
  fuse,
  larger,
  reduceHeads,
  rescale,
  sameScale,
  split,
} from "../../src/scales/algebra.js";
import { diff } from "../../src/scales/compare.js";
import { headScale, type Scale, scaleOf, tensorScale } from "../../src/scales/scale.js";
import { type Role, siteOf } from "../../src/scales/site.js";
import { type ScaleTable, tableOf } from "../../src/scales/table.js";
import { completeTables, float32 } from "./arbitrary.js";

const SITE = siteOf("model.layers.0.self_attn")!;

function table(...cells: readonly (readonly [Role, Scale])[]): ScaleTable {
  return tableOf(
    "float8_e4m3fn",
    cells.map(([role, scale]) => ({ site: SITE, role, scale })),
  );
}

function values({ entries }: ScaleTable): Record<string, readonly number[]> {
  return Object.fromEntries(entries.map(({ role, scale }) => [role, scale.values]));
}

describe("fuse", () => {
  it("takes the maximum and says so where k and v differ", () => {
    const { table: fused, losses } = fuse(
      table(["k", tensorScale(0.25)], ["v", tensorScale(0.5)], ["q", tensorScale(2)]),
    );
    expect(values(fused)).toEqual({ kv: [0.5], q: [2] });
    expect(losses).toEqual([
      { code: "fused-by-max", detail: "k 0.25 and v 0.5 became 0.5 for both", site: SITE.path },
    ]);
  });

  it("loses nothing where they are equal", () => {
    expect(fuse(table(["k", tensorScale(0.5)], ["v", tensorScale(0.5)])).losses).toEqual([]);
  });

  it("keeps the larger one's stored bits", () => {
    const v = scaleOf({ dtype: "BF16", shape: [1], bytes: Uint8Array.from([0x4d, 0x3c]) }, {});
    expect(fuse(table(["k", tensorScale(0.001)], ["v", v])).table.entries[0]!.scale).toBe(v);
  });

  it("fuses head by head, and a number per layer with each head", () => {
    const heads = fuse(table(["k", headScale([1, 4])], ["v", headScale([3, 2])]));
    expect(values(heads.table)).toEqual({ kv: [3, 4] });
    expect(values(fuse(table(["k", tensorScale(3)], ["v", headScale([1, 4])])).table)).toEqual({
      kv: [3, 4],
    });
    expect(() => fuse(table(["k", headScale([1, 4])], ["v", headScale([1, 2, 3])]))).toThrow(/found 2 and 3/);
  });

  it("leaves half a pair, and a pair beside a kv, as they are", () => {
    for (const cells of [
      [["k", tensorScale(1)]],
      [
        ["k", tensorScale(1)],
        ["v", tensorScale(2)],
        ["kv", tensorScale(3)],
      ],
    ] as const) {
      const before = table(...cells);
      expect(fuse(before)).toEqual({ table: before, losses: [] });
      expect(split(before)).toEqual(before);
    }
  });

  it("undoes split", () => {
    fc.assert(
      fc.property(completeTables, (any) => {
        const kvOnly = fuse(any).table;
        const back = fuse(split(kvOnly));
        expect(back.losses).toEqual([]);
        expect(diff(back.table, kvOnly)).toEqual([]);
      }),
    );
  });

  it("is idempotent, and never below k or v", () => {
    fc.assert(
      fc.property(completeTables, (any) => {
        const once = fuse(any).table;
        expect(diff(fuse(once).table, once)).toEqual([]);
        for (const { site, role, scale } of any.entries) {
          const kv = once.entries.find((entry) => entry.site.path === site.path && entry.role === "kv")!;
          if (role === "k" || role === "v")
            expect(Math.max(...kv.scale.values)).toBeGreaterThanOrEqual(Math.max(...scale.values));
        }
      }),
    );
  });
});

describe("reduceHeads", () => {
  it("takes the maximum and says how far the heads were apart", () => {
    const { table: reduced, losses } = reduceHeads(table(["k", headScale([0.25, 0.5, 0.125])]));
    expect(values(reduced)).toEqual({ k: [0.5] });
    expect(losses).toEqual([
      { code: "heads-reduced-by-max", detail: "k: 3 heads from 0.125 to 0.5 became 0.5", site: SITE.path },
    ]);
  });

  it("undoes broadcast without loss", () => {
    fc.assert(
      fc.property(float32, fc.integer({ min: 1, max: 64 }), (value, heads) => {
        const wide = broadcast(tensorScale(value), heads);
        expect(wide.values).toHaveLength(heads);
        const { table: back, losses } = reduceHeads(table(["k", wide]));
        expect(losses).toEqual([]);
        expect(sameScale(back.entries[0]!.scale, tensorScale(value))).toBe(true);
      }),
    );
  });
});

describe("rescale", () => {
  it("doubles for fnuz and halves back, exactly", () => {
    fc.assert(
      fc.property(completeTables, (any) => {
        const other = any.format === "float8_e4m3fn" ? "float8_e4m3fnuz" : "float8_e4m3fn";
        const there = rescale(any, other).table;
        expect(there.format).toBe(other);
        const factor = other === "float8_e4m3fnuz" ? 2 : 0.5;
        expect(there.entries.map(({ scale }) => scale.values)).toEqual(
          any.entries.map(({ scale }) => scale.values.map((v) => v * factor)),
        );
        expect(diff(rescale(there, any.format).table, any)).toEqual([]);
      }),
    );
  });

  it("forgets the stored bits, which would be the old number", () => {
    const k = scaleOf({ dtype: "BF16", shape: [1], bytes: Uint8Array.from([0x80, 0x3f]) }, {});
    expect(rescale(table(["k", k]), "float8_e4m3fnuz").table.entries[0]!.scale).toEqual({
      per: "tensor",
      values: [2],
    });
  });

  it("changes nothing, stored bits included, for the same format", () => {
    const any = table(["k", tensorScale(1)]);
    expect(rescale(any, "float8_e4m3fn").table).toBe(any);
  });

  it("lists what a float32 cannot hold any more", () => {
    const code = "format-rescaled";
    expect(rescale(table(["k", tensorScale(2 ** 127)]), "float8_e4m3fnuz").losses).toMatchObject([{ code }]);
    const odd = { ...table(["k", tensorScale(3 * 2 ** -149)]), format: "float8_e4m3fnuz" } as const;
    expect(rescale(odd, "float8_e4m3fn").losses).toMatchObject([{ code }]);
    expect(rescale(table(["k", tensorScale(0.1)]), "float8_e4m3fnuz").losses).toEqual([]);
  });

  it("refuses e5m2, to which no engine applies scales", () => {
    expect(() => rescale(table(["k", tensorScale(1)]), "float8_e5m2")).toThrow(/e5m2/);
  });
});

describe("larger", () => {
  it("lets NaN win on either side", () => {
    const nan = tensorScale(Number.NaN);
    expect(larger(nan, tensorScale(1))).toBe(nan);
    expect(larger(tensorScale(1), nan)).toBe(nan);
    expect(larger(headScale([1, 2]), headScale([Number.NaN, 1])).values).toEqual([Number.NaN, 2]);
  });
});

describe("dropRoles", () => {
  it("says once for each role how many sites lose it", () => {
    const { table: left, losses } = dropRoles(
      table(["k", tensorScale(1)], ["q", tensorScale(2)], ["prob", tensorScale(3)]),
      new Set(["q", "prob"]),
    );
    expect(values(left)).toEqual({ k: [1] });
    expect(losses.map(({ code, detail }) => [code, detail])).toEqual([
      ["role-dropped", "the q scales of 1 site are left out"],
      ["role-dropped", "the prob scales of 1 site are left out"],
    ]);
  });
});
