import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coalesced, cutUp } from "../../../src/checkpoint/hub/coalesce.js";
import { Spans } from "../../../src/checkpoint/hub/spans.js";
import type { ByteRange } from "../../../src/checkpoint/source.js";

const SIZE = 200;
const range = fc
  .tuple(fc.nat(SIZE), fc.nat(SIZE))
  .map(([a, b]): ByteRange => [Math.min(a, b), Math.max(a, b)]);
const ranges = fc.array(range, { maxLength: 12 });

/** The bytes that ranges cover, as a set of positions. */
const covered = (all: readonly ByteRange[]) =>
  new Set(all.flatMap(([begin, end]) => Array.from({ length: end - begin }, (_, at) => begin + at)));

describe("coalesced ranges", () => {
  it("cover all that was asked for, ascend without touching, and waste no more than allowed", () => {
    const property = fc.property(ranges, fc.nat(40), fc.nat(80), (asked, gap, waste) => {
      const read = coalesced(asked, { gap, waste });
      const [wanted, got] = [covered(asked), covered(read)];
      for (const byte of wanted) expect(got.has(byte)).toBe(true);
      expect(got.size - wanted.size).toBeLessThanOrEqual(waste);
      for (const [at, [begin, end]] of read.entries()) {
        expect(begin).toBeLessThan(end);
        if (at > 0) expect(begin).toBeGreaterThan(read[at - 1]![1]);
      }
    });
    fc.assert(property);
  });

  it.each([
    [
      { gap: 10, waste: 100 },
      [
        [0, 7],
        [20, 21],
      ],
    ],
    [
      { gap: 2, waste: 100 },
      [
        [0, 7],
        [20, 21],
      ],
    ],
    [
      { gap: 1, waste: 100 },
      [
        [0, 1],
        [3, 4],
        [6, 7],
        [20, 21],
      ],
    ],
    [
      { gap: 10, waste: 3 },
      [
        [0, 4],
        [6, 7],
        [20, 21],
      ],
    ],
    [{ gap: 13, waste: 17 }, [[0, 21]]],
  ])("bridge the smallest gaps first, within %j", (bounds, expected) => {
    const asked: ByteRange[] = [
      [20, 21],
      [6, 7],
      [0, 1],
      [3, 4],
    ];
    expect(coalesced(asked, bounds)).toEqual(expected);
  });

  it("are cut into pieces that are whole again together", () => {
    const property = fc.property(ranges, fc.integer({ min: 1, max: 50 }), (asked, most) => {
      const pieces = cutUp(asked, most);
      for (const [begin, end] of pieces) expect(end - begin).toBeLessThanOrEqual(most);
      expect(pieces.reduce((sum, [begin, end]) => sum + end - begin, 0)).toBe(
        asked.reduce((sum, [begin, end]) => sum + end - begin, 0),
      );
      expect(covered(pieces)).toEqual(covered(asked));
    });
    fc.assert(property);
  });
});

describe("held spans", () => {
  const file = Uint8Array.from({ length: SIZE }, (_, at) => at);

  it("give any range once what they said was missing has been added", () => {
    const property = fc.property(ranges, range, (held, asked) => {
      const spans = new Spans();
      for (const [begin, end] of held) spans.add(begin, file.slice(begin, end));
      const missing = spans.missing(asked);
      const have = covered(held);
      expect(covered(missing)).toEqual(new Set([...covered([asked])].filter((byte) => !have.has(byte))));
      const rest = new Spans();
      for (const [begin, end] of missing) rest.add(begin, file.slice(begin, end));
      expect(spans.and(rest).missing(asked)).toEqual([]);
      expect(spans.and(rest).bytes(asked)).toEqual(file.slice(...asked));
    });
    fc.assert(property);
  });

  it("hand out copies", () => {
    const spans = new Spans();
    spans.add(0, file.slice());
    spans.bytes([3, 5]).fill(99);
    expect(spans.bytes([3, 5])).toEqual(Uint8Array.of(3, 4));
  });
});
