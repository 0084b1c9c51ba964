import { writePages } from "../../src/attention/pages.js";
import type { Attention, CacheWrite, Problem } from "../../src/attention/problem.js";
import { attendExactly } from "../../src/attention/reference.js";
import { finish } from "../../src/attention/steps.js";
import { boundsOf, checkKernel, type KernelCheck, TOLERANCES } from "../../src/attention/tolerance.js";
import type { Backend } from "../../src/backend/backend.js";
import { type AttentionCase, buildCase } from "./attention-cases.js";

/** What a backend made of one case: whether it wrote the very codes it should, and how far its attention is off. */
export interface CaseResult {
  readonly codesEqual: boolean;
  readonly kernel: KernelCheck;
}

/**
 * Runs one case: the backend fills pages that hold NaN elsewhere, then attends over pages that the
 * definition filled, so that a wrong writer cannot hide a wrong kernel.
 */
export async function runCase(shape: AttentionCase, backend: Backend): Promise<CaseResult> {
  const { problem, write, exact } = expectationOf(shape);
  const own = buildCase(shape).write;
  const signal = new AbortController().signal;
  await backend.writeCache(own, signal);
  const found = await backend.attend(problem, signal);
  const bounds = boundsOf(Math.max(...problem.sequences.lengths), write.values, problem.query);
  const tolerance = TOLERANCES[backend.arithmetic(shape.type)];
  return { codesEqual: sameBytes(own, write), kernel: checkKernel(exact, found, bounds, tolerance) };
}

interface Expectation {
  readonly problem: Problem;
  readonly write: CacheWrite;
  readonly exact: Attention<Float64Array>;
}

const expectations = new Map<AttentionCase, Expectation>();

/** The right codes and the right answer, worked out once for all backends. */
function expectationOf(shape: AttentionCase): Expectation {
  const known = expectations.get(shape);
  if (known !== undefined) return known;
  const { problem, write } = buildCase(shape);
  finish(writePages(write));
  const expectation = { problem, write, exact: attendExactly(problem) };
  expectations.set(shape, expectation);
  return expectation;
}

function sameBytes(a: CacheWrite, b: CacheWrite): boolean {
  return (["key", "value"] as const).every(
    (pool) => Buffer.compare(a.cache[pool].bytes, b.cache[pool].bytes) === 0,
  );
}
