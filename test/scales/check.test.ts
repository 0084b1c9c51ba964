import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkTable } from "../../src/scales/check.js";
import { recognise } from "../../src/scales/recognise.js";
import { headScale, type Scale, tensorScale } from "../../src/scales/scale.js";
import { type Role, type Site, siteOf } from "../../src/scales/site.js";
import { type Entry, type Found, tableOf } from "../../src/scales/table.js";
import { completeTables } from "./arbitrary.js";

type Cell = readonly [path: string | number, role: Role, value: number | Scale, found?: Found];

function site(path: string | number): Site {
  return siteOf(typeof path === "number" ? `model.layers.${path}.self_attn` : path)!;
}

function entries(cells: readonly Cell[]): Entry[] {
  return cells.map(([path, role, value, found]) => {
    const scale = typeof value === "number" ? tensorScale(value) : value;
    return { site: site(path), role, scale, ...(found && { found }) };
  });
}

function codes(cells: readonly Cell[], sites: readonly Site[] = [], kvHeads?: number): string[] {
  return findings(cells, sites, kvHeads).map(({ code }) => code);
}

function findings(cells: readonly Cell[], sites: readonly Site[] = [], kvHeads?: number) {
  return checkTable(tableOf("float8_e4m3fn", entries(cells)), {
    sites,
    ...(kvHeads !== undefined && { kvHeads }),
  });
}

const IN_SPELLING = (spelling: string, name = "x", file = "a.safetensors"): Found => ({
  spelling,
  name,
  file,
});

/** What must be found, and what next to it must not. */
const CASES: readonly (readonly [what: string, cells: readonly Cell[], codes: readonly string[]])[] = [
  [
    "good pairs",
    [
      [0, "k", 0.03],
      [0, "v", 0.01],
      [1, "k", 0.02],
      [1, "v", 0.013],
    ],
    [],
  ],
  [
    "good kv scales",
    [
      [0, "kv", 0.03],
      [1, "kv", 0.01],
    ],
    [],
  ],
  ["nothing", [], []],
  ["NaN", [[0, "kv", Number.NaN]], ["scale-not-finite"]],
  ["infinity", [[0, "kv", Infinity]], ["scale-not-finite"]],
  [
    "a negative scale, but minus zero is zero",
    [
      [0, "kv", -1],
      [1, "kv", -0],
    ],
    ["scale-negative", "scale-zero"],
  ],
  [
    "zeros",
    [
      [0, "kv", 0],
      [1, "kv", 0.1],
    ],
    ["scale-zero"],
  ],
  ["a subnormal", [[0, "kv", 2 ** -140]], ["scale-tiny"]],
  ["an absurdly small one", [[0, "kv", 5e-8]], ["scale-tiny"]],
  ["a small one that is not absurd", [[0, "kv", 6e-8]], []],
  ["more than one", [[0, "kv", 1.01]], ["scale-above-one"]],
  ["more than a half", [[0, "kv", 0.51]], ["scale-above-half"]],
  ["exactly a half", [[0, "kv", 0.5]], []],
  ["one of several heads", [[0, "kv", headScale([0.1, 0, 0.2])]], ["scale-zero"]],
  [
    "trouble with q too",
    [
      [0, "kv", 0.1],
      [0, "q", Number.NaN],
    ],
    ["scale-not-finite"],
  ],
  [
    "all ones",
    [
      [0, "k", 1],
      [0, "v", 1],
      [1, "k", 1],
      [1, "v", 1],
    ],
    ["all-ones"],
  ],
  [
    "all ones beside a q",
    [
      [0, "kv", 1],
      [0, "q", 0.3],
    ],
    ["all-ones"],
  ],
  ["ones by head", [[0, "kv", headScale([1, 1])]], ["all-ones"]],
  [
    "a clamp at one",
    [
      [0, "kv", 1],
      [1, "kv", 1.5],
    ],
    ["scale-above-one", "clamped-at-one"],
  ],
  [
    "no clamp where one is below",
    [
      [0, "kv", 1],
      [1, "kv", 0.4],
    ],
    [],
  ],
  [
    "k without v",
    [
      [0, "k", 0.1],
      [1, "k", 0.1],
      [1, "v", 0.2],
    ],
    ["half-pair"],
  ],
  ["v without k", [[0, "v", 0.1]], ["half-pair"]],
  [
    "kv beside a pair",
    [
      [0, "k", 0.1],
      [0, "v", 0.2],
      [0, "kv", 0.2],
    ],
    ["kv-beside-pair"],
  ],
  [
    "k = v everywhere",
    [
      [0, "k", 0.1],
      [0, "v", 0.1],
      [1, "k", 0.2],
      [1, "v", 0.2],
    ],
    ["equal-pairs"],
  ],
  [
    "k = v nearly everywhere",
    [
      [0, "k", 0.1],
      [0, "v", 0.1],
      [1, "k", 0.2],
      [1, "v", 0.3],
    ],
    [],
  ],
  [
    "k = v in the only layer",
    [
      [0, "k", 0.1],
      [0, "v", 0.1],
    ],
    [],
  ],
  [
    "one scale twice, equal",
    [
      [0, "kv", 0.1],
      [0, "kv", 0.1],
    ],
    ["duplicate-scales"],
  ],
  [
    "one scale twice, different",
    [
      [0, "kv", 0.1],
      [0, "kv", 0.2],
    ],
    ["contradicting-scales"],
  ],
  [
    "two spellings",
    [
      [0, "kv", 0.1, IN_SPELLING("kv_scale")],
      [1, "kv", 0.1, IN_SPELLING("trtllm")],
    ],
    ["mixed-spellings"],
  ],
  [
    "one spelling",
    [
      [0, "kv", 0.1, IN_SPELLING("kv_scale")],
      [1, "kv", 0.1, IN_SPELLING("kv_scale")],
    ],
    [],
  ],
  [
    "BF16 numbers",
    [
      [0, "kv", 0.01251220703125],
      [1, "kv", 0.0230712890625],
      [2, "kv", 0.0087890625],
    ],
    ["rounded-to-bf16"],
  ],
  [
    "F16 numbers",
    [
      [0, "kv", 257 * 2 ** -16],
      [1, "kv", 259 * 2 ** -16],
      [2, "kv", 261 * 2 ** -16],
    ],
    ["rounded-to-f16"],
  ],
  [
    "two BF16 numbers, which may be chance",
    [
      [0, "kv", 0.01251220703125],
      [1, "kv", 0.0230712890625],
    ],
    [],
  ],
  [
    "amax/448 of BF16",
    [1.0078125, 2.015625, 3.0625].map((amax, n): Cell => [n, "kv", Math.fround(amax / 448)]),
    ["calibrated-in-bf16"],
  ],
  [
    "amax/448 of F16",
    [1.0009765625, 2.001953125, 3.01171875].map((amax, n): Cell => [n, "kv", Math.fround(amax / 448)]),
    ["calibrated-in-f16"],
  ],
  [
    "1/scale of BF16, as AutoFP8 computes it",
    [86, 278, 34.25].map((inverse, n): Cell => [n, "kv", Math.fround(1 / inverse)]),
    ["reciprocal-in-bf16"],
  ],
  [
    "amax/448 of F32",
    [1.00001, 2.00001, 3.00001].map((amax, n): Cell => [n, "kv", Math.fround(amax / 448)]),
    [],
  ],
  [
    "surplus vision scales",
    [
      [0, "kv", 0.1],
      ["visual.blocks.0.attn", "kv", 0.1],
    ],
    ["scales-without-cache"],
  ],
];

describe("checkTable", () => {
  it.each(CASES)("finds in %s", (_, cells, expected) => {
    expect(codes(cells)).toEqual(expected);
  });

  it("compares with the attention modules that the weights show", () => {
    const sites = [0, 1, 2].map(site);
    expect(
      codes(
        [
          [0, "kv", 0.1],
          [1, "kv", 0.1],
        ],
        sites,
      ),
    ).toEqual(["missing-layers"]);
    expect(
      codes(
        [0, 1, 2].map((n) => [n, "kv", 0.1]),
        sites,
      ),
    ).toEqual([]);
    expect(
      codes(
        [0, 1, 2, 3].map((n) => [n, "kv", 0.1]),
        sites,
      ),
    ).toEqual(["extra-layers"]);
    expect(
      codes(
        [0, 1].map((n) => [n, "q", 0.1]),
        sites,
      ),
    ).toEqual(["missing-layers"]);
    expect(codes([], sites), "a checkpoint without scales is not incomplete").toEqual([]);
    expect(findings([[1, "kv", 0.1]], sites)[0]).toMatchObject({
      severity: "error",
      sites: ["model.layers.0.self_attn", "model.layers.2.self_attn"],
      message: expect.stringContaining("2 attention modules without a scale: layers 0, 2;"),
    });
  });

  it("is mild about a draft stack, and silent about modules without a cache", () => {
    const sites = [site(0), site("mtp.layers.0.self_attn"), site("visual.blocks.0.attn")];
    expect(findings([[0, "kv", 0.1]], sites)).toMatchObject([
      { code: "missing-draft-layers", severity: "info" },
    ]);
    expect(
      codes(
        [
          [0, "kv", 0.1],
          ["mtp.layers.0.self_attn", "kv", 0.1],
        ],
        sites,
      ),
    ).toEqual([]);
  });

  it("counts heads where the model's number is known", () => {
    const cells: readonly Cell[] = [
      [0, "k", headScale([0.1, 0.2])],
      [0, "v", headScale([0.3, 0.2])],
    ];
    expect(codes(cells, [], 2)).toEqual([]);
    expect(codes(cells)).toEqual([]);
    expect(codes(cells, [], 8)).toEqual(["head-count"]);
    expect(
      codes([...cells, [0, "q", headScale([0.1, 0.2, 0.3, 0.4])]], [], 2),
      "q has heads of its own",
    ).toEqual([]);
  });

  it("names file and tensor where one is concerned, and the command to run", () => {
    const [finding] = findings([
      [0, "kv", Number.NaN, IN_SPELLING("kv_scale", "model.layers.0.self_attn.kv_scale")],
    ]);
    expect(finding).toMatchObject({
      file: "a.safetensors",
      tensor: "model.layers.0.self_attn.kv_scale",
      severity: "error",
    });
    expect(finding!.remedy).toMatch(/kvscale merge BASE --from REF/);
  });

  it("names both places of a contradiction", () => {
    const [finding] = findings([
      [0, "kv", 0.1, IN_SPELLING("kv_scale", "a.kv_scale", "one.safetensors")],
      [0, "kv", 0.2, IN_SPELLING("kv_scale", "a.kv_scale", "two.safetensors")],
    ]);
    expect(finding!.message).toMatch(
      /0\.1 in "a\.kv_scale" of one\.safetensors and 0\.2 in "a\.kv_scale" of two\.safetensors/,
    );
  });

  it("says that all are zero where all are", () => {
    expect(
      findings([
        [0, "kv", 0],
        [1, "kv", 0],
      ])[0]!.message,
    ).toMatch(/^Zero in all 2 scales: kv of layers 0\.\.1/);
    expect(
      findings([
        [0, "kv", 0],
        [1, "kv", 0.1],
      ])[0]!.message,
    ).toMatch(/^Zero in 1 of 2 scales: kv of layer 0/);
  });

  it("lists errors first, is total, and says each code once", () => {
    fc.assert(
      fc.property(completeTables, (table) => {
        const found = checkTable(table, { sites: [site(0)], kvHeads: 8 });
        const severities = found.map(({ severity }) => ["error", "warning", "info"].indexOf(severity));
        expect(severities).toEqual(severities.toSorted());
        expect(new Set(found.map(({ code }) => code)).size).toBe(found.length);
      }),
    );
  });

  it("judges fnuz scales by their own range", () => {
    const cells = [1.0078125, 2.015625, 3.0625].map((amax, n): Cell => [n, "kv", Math.fround(amax / 240)]);
    expect(codes(cells)).toEqual([]);
    expect(
      checkTable(tableOf("float8_e4m3fnuz", entries(cells)), { sites: [] }).map(({ code }) => code),
    ).toEqual(["calibrated-in-bf16"]);
  });
});

interface Golden {
  readonly [checkpoint: string]: {
    readonly [tensor: string]: { readonly float32: readonly number[]; readonly file: string };
  };
}

const GOLDEN = resolve(import.meta.dirname, "../../../shared/data/golden/expected-scales.json");

describe.skipIf(!existsSync(GOLDEN))(
  "checkTable on real quantizers' scales (skipped where ../shared is missing)",
  () => {
    const golden: Golden = existsSync(GOLDEN) ? JSON.parse(readFileSync(GOLDEN, "utf8")) : {};

    it.each([
      ["tiny-llama.autofp8", ["reciprocal-in-bf16"]],
      ["tiny-llama.llm-compressor-fp8", ["rounded-to-bf16"]],
      ["tiny-llama.modelopt-fp8", ["calibrated-in-bf16"]],
      ["tiny-llama.modelopt-kv-only", ["calibrated-in-bf16"]],
    ])("%s", (checkpoint, expected) => {
      const cells = Object.entries(golden[checkpoint] ?? {}).map(([name, { float32, file }]): Cell => {
        const reading = recognise(name);
        if (reading?.as !== "scale") throw new Error(name);
        return [reading.site.path, reading.role, float32[0]!, IN_SPELLING(reading.spelling, name, file)];
      });
      expect(cells).toHaveLength(8);
      expect(codes(cells, [0, 1, 2, 3].map(site), 2)).toEqual(expected);
    });
  },
);
