/** A value that `printPython` writes. */
export type Printable = number | Whole | string | null | readonly Printable[] | Members;

/** An object, as pairs, so that integer-like keys keep their order. */
export interface Members {
  readonly members: readonly (readonly [key: string, value: Printable])[];
}

/** An integer: Python writes `32`, where it writes the float as `32.0`. */
export interface Whole {
  readonly whole: number;
}

/**
 * The text that Python's `json.dump(value, indent=4)` writes, with a final newline: one array element a
 * line, floats by `repr`. Throws a TypeError for numbers that JSON cannot hold.
 */
export function printPython(value: Printable): string {
  return `${print(value, "")}\n`;
}

/** A float64 as Python's `repr` prints it: shortest digits, `.0` for whole numbers, exponents of two digits. */
export function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`${value} is not JSON`);
  const [digits = "", power = "0"] = Math.abs(value).toExponential().split("e");
  const exponent = Number(power);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (exponent < -4 || exponent >= 16) return `${sign}${digits}e${signedPower(exponent)}`;
  return sign + fixed(digits.replace(".", ""), exponent);
}

function signedPower(exponent: number): string {
  return (exponent < 0 ? "-" : "+") + String(Math.abs(exponent)).padStart(2, "0");
}

function fixed(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const padded = digits.padEnd(exponent + 2, "0");
  return `${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1)}`;
}

const INDENT = "    ";

function print(value: Printable, indent: string): string {
  if (value === null) return "null";
  if (typeof value === "number") return pythonFloat(value);
  if (typeof value === "string") return ascii(value);
  if ("whole" in value) return String(value.whole);
  const inner = indent + INDENT;
  if ("members" in value) {
    const lines = value.members.map(([key, member]) => `${inner}${ascii(key)}: ${print(member, inner)}`);
    return enclosed("{", lines, "}", indent);
  }
  const lines = value.map((item) => inner + print(item, inner));
  return enclosed("[", lines, "]", indent);
}

function enclosed(open: string, lines: readonly string[], close: string, indent: string): string {
  return lines.length === 0 ? open + close : `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
