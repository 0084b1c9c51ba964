import { describe, expect, it } from "vitest";
import { outOfRange, unsigned64 } from "../../src/tensors/json-number.js";

describe("unsigned64", () => {
  it.each([
    ["0", 0],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["9007199254740993", 9007199254740993n],
    ["18446744073709551615", 18446744073709551615n],
    ["18446744073709551616", undefined],
    ["99999999999999999999", undefined],
    ["100000000000000000000", undefined],
  ])("%s", (digits, value) => {
    expect(unsigned64(digits)).toBe(value);
  });
});

describe("outOfRange", () => {
  const zeros = (count: number) => "0".repeat(count);

  // Verdicts of serde_json 1.0.150.
  it.each([
    ["0", false],
    ["-0.0", false],
    ["1e308", false],
    ["-1e308", false],
    ["1e309", true],
    ["-1e309", true],
    ["1e-400", false],
    ["0e400", false],
    ["0.000e99999999999", false],
    ["1e99999999999", true],
    ["1e-99999999999", false],
    ["1e2147483647", true],
    ["1e2147483648", true],
    [`1${zeros(308)}`, false],
    [`1${zeros(309)}`, true],
    [`0.${zeros(400)}1e400`, false],
    [`0.${zeros(400)}1e709`, false],
    [`0.${zeros(400)}1e710`, true],
    [`1${zeros(400)}e-100`, false],
    [`1${zeros(400)}e-93`, false],
    [`1${zeros(400)}e-91`, true],
    [`1${zeros(400)}.5e-90`, true],
    ["1.7976931348623157e308", false],
    ["17976931348623157e292", false],
    ["1.7976931348623158e308", true],
    ["1.7976931348623159e308", true],
    ["179769313486231580793728971405e279", true],
  ])("%s", (token, verdict) => {
    expect(outOfRange(token)).toBe(verdict);
  });
});
