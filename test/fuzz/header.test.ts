import { beforeAll, describe, expect, it } from "vitest";
import { DTYPES } from "../../src/tensors/dtype.js";
import type { Header } from "../../src/tensors/header.js";
import { RULES } from "../../src/tensors/rules.js";
import { fuzzCase, mutatedCase, writtenCase } from "./cases.js";
import { Dice } from "./dice.js";
import { judge } from "./judge.js";

const COUNT = 150_000;
/** Seconds on an idle machine; a busy one may take its time. */
const PATIENCE_MS = 600_000;

/** Rules of the writer, the index and the values: no file can break them. */
const ELSEWHERE = /^(name|index|values)-/;
/** Rules that JSON.parse does not have. */
const BEYOND_JSON_PARSE = new Set(["json-number-range", "json-depth", "json-surrogate"]);

describe(`${COUNT} made-up files`, () => {
  const codes = new Map<string, number>();
  const malformedForUsAlone: number[] = [];
  const unfaithful: number[] = [];

  beforeAll(() => {
    for (let seed = 1; seed <= COUNT; seed++) {
      const file = makeCase(seed);
      const verdict = judge(file);
      const code = verdict.accepted ? "accepted" : verdict.code;
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (isSyntax(code) && parsed(file) !== undefined) malformedForUsAlone.push(seed);
      if (verdict.accepted && !isFaithful(verdict.header, parsed(file))) unfaithful.push(seed);
    }
  }, PATIENCE_MS);

  it("break every rule of files, and a good part of them is valid", () => {
    const rules = Object.keys(RULES).filter((code) => !ELSEWHERE.test(code));
    expect(rules.filter((code) => !codes.has(code))).toEqual([]);
    expect(codes.get("accepted")! / COUNT).toBeGreaterThan(0.25);
  });

  it("are malformed only where JSON.parse says so too", () => {
    expect(malformedForUsAlone).toEqual([]);
  });

  it("are read as JSON.parse reads them, where they are read", () => {
    expect(unfaithful).toEqual([]);
  });
});

function makeCase(seed: number): Uint8Array {
  const dice = new Dice(Math.imul(seed, 0x9e3779b1));
  if (dice.once(10)) return writtenCase(dice);
  const file = fuzzCase(dice);
  return dice.once(3) && file.length > 8 ? mutatedCase(dice, file) : file;
}

function isSyntax(code: string): boolean {
  return code.startsWith("json-") && !BEYOND_JSON_PARSE.has(code);
}

function parsed(file: Uint8Array): unknown {
  const length = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  try {
    return JSON.parse(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file.subarray(8, 8 + length)),
    );
  } catch {
    return undefined;
  }
}

/** True when the header says what the object says, and the tensors tile the data. */
function isFaithful({ metadata, tensors, dataStart }: Header, json: unknown): boolean {
  const { __metadata__, ...entries } = json as Record<string, unknown>;
  let cursor = dataStart;
  return (
    Object.keys(entries).length === tensors.size &&
    sameTexts(metadata, __metadata__) &&
    [...tensors.values()].every((tensor) => {
      const follows = tensor.begin === cursor;
      cursor = tensor.end;
      const spelled = fieldsOf(Object.getOwnPropertyDescriptor(entries, tensor.name)?.value);
      const read = [
        tensor.dtype,
        tensor.shape.map(Number),
        [tensor.begin - dataStart, tensor.end - dataStart],
      ];
      return (
        follows &&
        JSON.stringify(spelled) === JSON.stringify(read) &&
        DTYPES.some(({ name }) => name === tensor.dtype)
      );
    })
  );
}

function sameTexts(metadata: ReadonlyMap<string, string>, json: unknown): boolean {
  const pairs = Object.entries(json ?? {});
  return pairs.length === metadata.size && pairs.every(([key, value]) => metadata.get(key) === value);
}

/** Dtype, shape and offsets of an entry in any of the spellings that are taken. */
function fieldsOf(entry: unknown): unknown[] {
  const { dtype, shape, data_offsets } = entry as Record<string, unknown>;
  const [first, ...rest] = Array.isArray(entry) ? (entry as unknown[]) : [dtype, shape, data_offsets];
  return [typeof first === "string" ? first : Object.keys(first as object)[0], ...rest];
}
