import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printPython, pythonFloat } from "../../../src/scales/sidecars/python-json.js";

/** What CPython 3.12 prints: `repr(float(x))`. */
const REPR: readonly (readonly [number, string])[] = [
  [1, "1.0"],
  [0, "0.0"],
  [-0, "-0.0"],
  [-448, "-448.0"],
  [0.015224, "0.015224"],
  [0.0152239128947258, "0.0152239128947258"],
  [0.0001, "0.0001"],
  [0.00012345, "0.00012345"],
  [0.00001, "1e-05"],
  [0.0000123, "1.23e-05"],
  [1.5e-7, "1.5e-07"],
  [5e-324, "5e-324"],
  [123456789.125, "123456789.125"],
  [1e15, "1000000000000000.0"],
  [9007199254740992, "9007199254740992.0"],
  [1e16, "1e+16"],
  [1.5e22, "1.5e+22"],
  [1e100, "1e+100"],
  [1.7976931348623157e308, "1.7976931348623157e+308"],
];

describe("pythonFloat", () => {
  it.each(REPR)("prints %d as %s", (value, text) => {
    expect(pythonFloat(value)).toBe(text);
  });

  it("reads back as the same number, and always looks like a float", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Object.is(Number(pythonFloat(value)), value)).toBe(true);
        expect(pythonFloat(value)).toMatch(/^-?\d+(\.\d+|(\.\d+)?e[+-]\d\d+)$/);
      }),
      { numRuns: 1000 },
    );
  });

  it("has no words for numbers that JSON cannot hold", () => {
    for (const value of [Number.NaN, Infinity, -Infinity])
      expect(() => pythonFloat(value)).toThrow(TypeError);
  });
});

describe("printPython", () => {
  it("indents by four, one element a line, keys in order, text in ASCII", () => {
    const value = {
      members: [
        ["10", [1, { whole: 2 }]],
        ["2", "é\n"],
        ["e", []],
        ["o", { members: [] }],
        ["n", null],
      ],
    } as const;
    expect(printPython(value)).toBe(
      '{\n    "10": [\n        1.0,\n        2\n    ],\n    "2": "\\u00e9\\n",\n    "e": [],\n    "o": {},\n    "n": null\n}\n',
    );
  });
});
