import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { checkProblem } from "../../src/attention/check.js";
import { attendOnline } from "../../src/attention/online.js";
import { type CacheType, ELEMENT_BYTES, type Pool, type Problem } from "../../src/attention/problem.js";
import { attendExactly } from "../../src/attention/reference.js";
import { finish } from "../../src/attention/steps.js";
import { checkKernel, TOLERANCES } from "../../src/attention/tolerance.js";
import { deviation } from "../../src/numeric/metrics.js";

/** Written by test/oracle/attention_goldens.py. */
interface Golden {
  readonly name: string;
  readonly type: CacheType;
  readonly heads: number;
  readonly kvHeads: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly blockSize: number;
  readonly blocks: number;
  readonly maxBlocks: number;
  readonly lengths: readonly number[];
  readonly queries: readonly number[];
  readonly blockTables: readonly number[];
  readonly softmaxScale: number;
  readonly window: number;
  readonly softcap: number;
  readonly alibi: readonly number[] | null;
  readonly sinks: readonly number[] | null;
  readonly kScales: readonly number[];
  readonly vScales: readonly number[];
  readonly query: string;
  readonly keys: string;
  readonly values: string;
  readonly out: string;
  readonly lse: string;
}

const FILE = resolve(import.meta.dirname, "../../fixtures/golden/attention.json");
const present = existsSync(FILE);
const goldens: { versions: object; cases: Golden[] } = present
  ? JSON.parse(readFileSync(FILE, "utf8"))
  : { versions: {}, cases: [] };

describe.skipIf(!present)(
  present
    ? `attention by PyTorch in float64: ${JSON.stringify(goldens.versions)}`
    : "attention by PyTorch: SKIPPED, fixtures/golden/attention.json is missing",
  () => {
    it.each(goldens.cases)("the reference agrees to float64: $name", (golden) => {
      const problem = problemOf(golden);
      checkProblem(problem);
      const { out, lse } = attendExactly(problem);
      expect(deviation(float64(golden.out), out).relativeL2).toBeLessThan(1e-13);
      const error = lse.map((value, i) =>
        value === float64(golden.lse)[i] ? 0 : value - float64(golden.lse)[i]!,
      );
      expect(Math.max(...error.map(Math.abs))).toBeLessThan(1e-12);
    });

    it.each(goldens.cases)("the online kernel agrees to float32: $name", (golden) => {
      const found = finish(attendOnline(problemOf(golden)));
      const exact = { out: float64(golden.out), lse: float64(golden.lse) };
      expect(
        checkKernel(exact, found, { keys: 1, peak: 1, rms: 1, halfQuery: false }, TOLERANCES.float32),
      ).toMatchObject({
        holds: true,
      });
    });
  },
);

function problemOf(golden: Golden): Problem {
  const { type, heads, kvHeads, blockSize, blocks, keySize, valueSize } = golden;
  const starts = [0];
  for (const count of golden.queries) starts.push(starts.at(-1)! + count);
  return {
    cache: {
      type,
      kvHeads,
      blockSize,
      blocks,
      key: pool(golden, keySize, golden.keys),
      value: pool(golden, valueSize, golden.values),
      scales: { k: Float32Array.from(golden.kScales), v: Float32Array.from(golden.vScales) },
    },
    sequences: {
      lengths: Int32Array.from(golden.lengths),
      queryStarts: Int32Array.from(starts),
      blockTables: Int32Array.from(golden.blockTables),
      maxBlocks: golden.maxBlocks,
    },
    heads,
    query: new Float32Array(bytes(golden.query).buffer),
    softmaxScale: golden.softmaxScale,
    window: golden.window,
    softcap: golden.softcap,
    ...(golden.alibi ? { alibi: Float32Array.from(golden.alibi) } : {}),
    ...(golden.sinks ? { sinks: Float32Array.from(golden.sinks) } : {}),
  };
}

function pool({ type, kvHeads, blockSize, blocks }: Golden, headSize: number, text: string): Pool {
  const data = bytes(text);
  expect(data.byteLength).toBe(blocks * blockSize * kvHeads * headSize * ELEMENT_BYTES[type]);
  return {
    bytes: data,
    headSize,
    blockStride: blockSize * kvHeads * headSize,
    slotStride: kvHeads * headSize,
    headStride: headSize,
  };
}

/** A copy at offset 0 of its own buffer, so that wider views are aligned. */
function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

function float64(text: string): Float64Array {
  return new Float64Array(bytes(text).buffer);
}
