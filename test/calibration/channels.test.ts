import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { channelPeaks, keptPeaks, largerPeaks, medianPeak } from "../../src/calibration/channels.js";

describe("peaks of channels", () => {
  it("are the largest magnitudes over all tokens, head after head", () => {
    const keys = Float32Array.of(1, -5, 0, 2, /* next token */ -3, 4, 0, -1);
    expect([...channelPeaks(keys, 4)]).toEqual([3, 5, 0, 2]);
    expect(medianPeak([3, 5, 0, 2])).toBe(3);
  });

  it("of parts add up to exactly what one run keeps", () => {
    const numbers = fc.float32Array({ minLength: 12, maxLength: 12, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const whole = keptPeaks(channelPeaks(Float32Array.of(...a, ...b), 3));
        const [first, second] = [a, b].map((part) => keptPeaks(channelPeaks(part, 3)));
        expect(largerPeaks(first, second)).toEqual(whole);
      }),
    );
  });

  it("are unknown of the whole where a part has none", () => {
    expect([largerPeaks([1], undefined), largerPeaks(undefined, [1])]).toEqual([undefined, undefined]);
  });
});
