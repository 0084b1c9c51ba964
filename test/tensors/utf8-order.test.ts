import fc from "fast-check";
import { expect, it } from "vitest";
import { byUtf8 } from "../../src/tensors/utf8-order.js";

it("orders text as its UTF-8 bytes are ordered", () => {
  const unit = fc.oneof(
    fc.constantFrom("a", "b", "\u{1f600}", "\ufffd", "\ue000", "\ud7ff"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  );
  const text = fc.array(unit, { maxLength: 4 }).map((units) => units.join(""));
  fc.assert(
    fc.property(text, text, (left, right) => {
      return Math.sign(byUtf8(left, right)) === Buffer.compare(Buffer.from(left), Buffer.from(right));
    }),
    { numRuns: 1000 },
  );
});

it("puts U+FFFD before U+1F600, unlike the order of UTF-16", () => {
  expect(byUtf8("\ufffd", "\u{1f600}")).toBeLessThan(0);
  expect("\ufffd" < "\u{1f600}").toBe(false);
});
