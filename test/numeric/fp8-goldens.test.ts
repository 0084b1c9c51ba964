import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeTable, type Fp8Format } from "../../src/numeric/fp8.js";
import { quantise } from "../../src/numeric/quantise.js";
import { EVERY_HALF } from "./halves.js";

const IMPLEMENTATIONS = ["cuda", "torch", "ml_dtypes"] as const;

/** Written by test/oracle/fp8_goldens.py. */
interface Goldens {
  readonly versions: Record<string, string>;
  readonly decodings: Record<Fp8Format, readonly string[]>;
  readonly cases: readonly Case[];
}

interface Case extends Partial<Record<(typeof IMPLEMENTATIONS)[number], string>> {
  readonly format: Fp8Format;
  readonly input: "float16" | "bfloat16";
  readonly scale: number;
}

const FILE = resolve(import.meta.dirname, "../../fixtures/golden/fp8-codes.json");
const present = existsSync(FILE);
const goldens: Goldens = present
  ? JSON.parse(readFileSync(FILE, "utf8"))
  : { versions: {}, decodings: {}, cases: [] };

/** Where rounding leaves the format: 464 ties down to 448, 248 and 61440 tie up. */
const beyond: Record<Fp8Format, (magnitude: number) => string | undefined> = {
  float8_e4m3fn: (magnitude) => (magnitude > 464 ? "above 464" : undefined),
  float8_e4m3fnuz: (magnitude) => (magnitude >= 248 ? "from 248" : undefined),
  float8_e5m2: (magnitude) => (magnitude >= 61440 ? "from 61440" : undefined),
};

const comparisons = goldens.cases.flatMap((golden) => {
  const quotients = EVERY_HALF[golden.input].map((value) => value / golden.scale);
  const ours = quantise(
    EVERY_HALF[golden.input],
    golden.scale,
    golden.format,
    "cuda",
    new Uint8Array(65_536),
  );
  return IMPLEMENTATIONS.filter((by) => golden[by] !== undefined).map((by) => {
    const theirs: Uint8Array = inflateSync(Buffer.from(golden[by]!, "base64"));
    const differing = [...ours.keys()].filter((i) => ours[i] !== theirs[i]);
    const differences = differing.map((i) => difference(quotients[i]!, golden.format, theirs[i]!));
    return { ...golden, by, differences: [...new Set(differences)] };
  });
});

describe.skipIf(!present)(
  present
    ? `codes of other implementations: ${JSON.stringify(goldens.versions)}`
    : "codes of other implementations: SKIPPED, fixtures/golden/fp8-codes.json is missing",
  () => {
    it.each(Object.entries(goldens.decodings))(
      "PyTorch and ml_dtypes decode %s alike, all 256",
      (format, tables) => {
        for (const table of tables) {
          const bytes = Buffer.from(table, "base64");
          const theirs = Array.from({ length: 256 }, (_, code) => bytes.readFloatLE(code * 4));
          expect(theirs).toEqual([...decodeTable(format as Fp8Format)]);
        }
      },
    );

    it.each(comparisons.filter(({ by }) => by === "cuda"))(
      "the conversion instruction of a GPU encodes every $input to $format at scale $scale alike",
      ({ differences }) => expect(differences).toEqual([]),
    );

    // Each list is complete and nothing in it is idle: bf16 inputs reach every difference at every scale.
    it.each(comparisons.filter(({ by, input }) => by !== "cuda" && input === "bfloat16"))(
      "$by encodes every $input to $format at scale $scale alike but for a known list",
      ({ format, differences }) => expect(differences.sort()).toEqual(KNOWN[format]),
    );

    it.each(comparisons.filter(({ by, input }) => by !== "cuda" && input === "float16"))(
      "$by encodes every $input to $format at scale $scale alike but for a known list",
      ({ format, differences }) =>
        expect(differences.filter((one) => !KNOWN[format].includes(one))).toEqual([]),
    );
  },
);

/** What PyTorch and ml_dtypes do otherwise: conversion there does not saturate, and NaN keeps its sign. */
const KNOWN: Record<Fp8Format, readonly string[]> = {
  float8_e4m3fn: ["above 464: NaN", "of NaN: NaN"],
  float8_e4m3fnuz: ["from 248: NaN"],
  float8_e5m2: ["from 61440: Infinity", "of NaN: NaN"],
};

function difference(quotient: number, format: Fp8Format, code: number): string {
  const theirs = Math.abs(decodeTable(format)[code]!);
  const where = beyond[format](Math.abs(quotient)) ?? `at ${quotient}`;
  return `${Number.isNaN(quotient) ? "of NaN" : where}: ${theirs}`;
}
