import { describe, expect, it } from "vitest";
import { emptyCache } from "../../src/attention/layout.js";
import { attendOnline } from "../../src/attention/online.js";
import { elementsOf } from "../../src/attention/pages.js";
import type { Attention, Problem } from "../../src/attention/problem.js";
import { attendExactly, exactRows } from "../../src/attention/reference.js";
import { finish } from "../../src/attention/steps.js";

const ways: readonly (readonly [string, (problem: Problem) => Attention<Float32Array | Float64Array>])[] = [
  ["the reference", attendExactly],
  ["the online kernel", (problem) => finish(attendOnline(problem))],
];

/** One head of size 1, keys and values as given, in one page; queries are all 1. */
function tiny(
  keys: readonly number[],
  values: readonly number[],
  changes: Partial<Problem> = {},
  queries = 1,
): Problem {
  const shape = { kvHeads: 1, keySize: 1, valueSize: 1, blockSize: 8, blocks: 1 };
  const cache = emptyCache("float32", shape, { k: Float32Array.of(1), v: Float32Array.of(1) });
  elementsOf(cache.key.bytes, "float32").fill(NaN);
  elementsOf(cache.value.bytes, "float32").fill(NaN);
  elementsOf(cache.key.bytes, "float32").set(keys);
  elementsOf(cache.value.bytes, "float32").set(values);
  const sequences = {
    lengths: Int32Array.of(keys.length),
    queryStarts: Int32Array.of(0, queries),
    blockTables: Int32Array.of(0),
    maxBlocks: 1,
  };
  return {
    cache,
    sequences,
    heads: 1,
    query: new Float32Array(queries).fill(1),
    softmaxScale: 1,
    ...changes,
  };
}

describe.each(ways)("%s", (_, attend) => {
  it.each<[string, Problem, readonly number[], readonly number[]]>([
    ["one key has all the weight", tiny([3], [7]), [7], [3]],
    ["equal keys share it", tiny([2, 2], [1, 3]), [2], [2 + Math.LN2]],
    ["odds are exponentials", tiny([0, Math.log(3)], [0, 4]), [3], [Math.log(4)]],
    ["no key at all", tiny([], []), [0], [-Infinity]],
    ["no key, but a sink", tiny([], [], { sinks: Float32Array.of(1.5) }), [0], [1.5]],
    ["a sink takes its share", tiny([0], [8], { sinks: Float32Array.of(Math.log(3)) }), [2], [Math.log(4)]],
    [
      "each query sees one key more",
      tiny([0, 0, 0], [6, 0, 0], {}, 3),
      [6, 3, 2],
      [0, Math.LN2, Math.log(3)],
    ],
    ["more queries than keys: the first see nothing", tiny([1], [5], {}, 2), [0, 5], [-Infinity, 1]],
    ["a window of one sees itself", tiny([9, 9, 1], [0, 0, 4], { window: 1 }), [4], [1]],
    ["a cap bounds logits", tiny([1e6, 0], [1, 0], { softcap: 1e-3 }), [0.50025], [Math.LN2 + 5e-4]],
    [
      "a slope favours what is near",
      tiny([0, 0], [0, 5], { alibi: Float32Array.of(Math.log(4)) }),
      [4],
      [Math.log(1.25)],
    ],
    ["huge logits do not overflow", tiny([1e4, 1e4], [1, 3]), [2], [1e4 + Math.LN2]],
    ["tiny ones do not underflow", tiny([-1e4, -1e4], [1, 3]), [2], [-1e4 + Math.LN2]],
    ["NaN of the only key", tiny([NaN], [1]), [NaN], [NaN]],
    ["NaN of a key is everywhere", tiny([NaN, 0], [1, 1]), [NaN], [NaN]],
    ["NaN of a value is in the output", tiny([0, 0], [1, NaN]), [NaN], [Math.LN2]],
  ])("%s", (_name, problem, out, lse) => {
    const found = attend(problem);
    const close = (numbers: ArrayLike<number>, expected: readonly number[]) => {
      expected.forEach((value, i) => {
        if (Number.isFinite(value)) expect(numbers[i]).toBeCloseTo(value, 3);
        else expect(numbers[i]).toBe(value);
      });
    };
    close(found.out, out);
    close(found.lse, lse);
  });
});

it("gives log probabilities whose exponentials sum to 1, the sink's last", () => {
  const sinks = Float32Array.of(0.5);
  for (const row of exactRows(tiny([1, -2, 0.3], [1, 2, 3], { sinks }, 2))) {
    const sum = row.logProbabilities.reduce((total, value) => total + Math.exp(value), 0);
    expect(sum).toBeCloseTo(1, 14);
    expect(row.logProbabilities).toHaveLength(row.query + 2 + 1);
    expect(row.logProbabilities.at(-1)).toBeCloseTo(0.5 - row.lse, 14);
  }
});
