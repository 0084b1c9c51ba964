import { InvalidArgumentError } from "commander";

/** Parses an option that is any number. */
export function aNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("A number is expected.");
  return value;
}

/** Parses an option that is a share of a whole. */
export function aShare(text: string): number {
  const value = aNumber(text);
  if (value < 0 || value > 1)
    throw new InvalidArgumentError("A share from 0 to 1 is expected, such as 0.0001.");
  return value;
}

/** Parses an option that counts from 0. */
export function wholeNumber(text: string): number {
  const value = aNumber(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("A whole number from 0 is expected.");
  return value;
}

/** Parses numbers and ranges, such as `0,5-7`, to the list that they name. */
export function numberList(text: string): number[] {
  const all = text.split(",").flatMap((part) => {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    const [from, to] = [Number(first), Number(last ?? first)];
    if (first === undefined || to < from || to - from > 10_000)
      throw new InvalidArgumentError("Numbers and ranges are expected, such as 0,5-7.");
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });
  return [...new Set(all)];
}
