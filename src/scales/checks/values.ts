import type { Finding } from "../../finding.js";
import { brief } from "../algebra.js";
import type { Entry, ScaleTable } from "../table.js";
import { about, CALIBRATE, cells, count, type Said } from "./wording.js";

/** Findings about single numbers, one for each kind of trouble, and about tables of ones. */
export function checkValues(table: ScaleTable): Finding[] {
  const rows = TROUBLES.flatMap((trouble) => {
    const entries = table.entries.filter(({ scale }) => scale.values.some(trouble.is));
    return entries.length === 0 ? [] : [about(entries, trouble.say(entries, table))];
  });
  return [...rows, ...ones(table)];
}

interface Trouble {
  is(value: number): boolean;
  say(entries: readonly Entry[], table: ScaleTable): Said;
}

/** Below this, 448 steps end at 2.7e-5: no model's keys or values are that small. */
const TINIEST = 2 ** -24;

const TROUBLES: readonly Trouble[] = [
  {
    is: (value) => !Number.isFinite(value),
    say: (entries) => ({
      code: "scale-not-finite",
      severity: "error",
      message: `NaN or infinity in ${count(entries.length, "scale")}: ${cells(entries)}`,
      remedy: `These layers would produce NaN; ${CALIBRATE}.`,
    }),
  },
  {
    is: (value) => value < 0,
    say: (entries) => ({
      code: "scale-negative",
      severity: "error",
      message: `Negative numbers in ${count(entries.length, "scale")}: ${cells(entries)}; -1.0 is how engines mark a scale that was not loaded`,
      remedy: `A scale is a positive number; ${CALIBRATE}.`,
    }),
  },
  {
    is: (value) => value === 0,
    say: (entries, table) => ({
      code: "scale-zero",
      severity: "error",
      message: `Zero in ${entries.length === table.entries.length ? "all" : `${entries.length} of`} ${count(table.entries.length, "scale")}: ${cells(entries)}; llm-compressor 0.8.1 wrote such files`,
      remedy: `Dividing by zero gives NaN, and vLLM stops at load; ${CALIBRATE}.`,
    }),
  },
  {
    is: (value) => value > 0 && value < TINIEST,
    say: (entries) => ({
      code: "scale-tiny",
      severity: "warning",
      message: `Less than ${brief(TINIEST)} in ${count(entries.length, "scale")}, down to ${brief(least(entries))}: ${cells(entries)}`,
      remedy: `Nearly everything would clip; check for an inverted or unused scale, and ${CALIBRATE}.`,
    }),
  },
  {
    is: (value) => value > 1 && value !== Infinity,
    say: (entries) => ({
      code: "scale-above-one",
      severity: "warning",
      message: `More than 1 in ${count(entries.length, "scale")}, up to ${brief(greatest(entries))}: ${cells(entries)}; magnitudes beyond 448 were seen, or the scale is inverted`,
      remedy: "Run `kvscale verify REF` to see whether the cache keeps enough accuracy.",
    }),
  },
  {
    is: (value) => value > 0.5 && value < 1,
    say: (entries) => ({
      code: "scale-above-half",
      severity: "info",
      message: `More than 0.5 in ${count(entries.length, "scale")}, up to ${brief(greatest(entries))}: ${cells(entries)}; outliers make the cache coarse there`,
      remedy: "Run `kvscale verify REF` to see what it costs.",
    }),
  },
];

/** All ones, or nothing below one: what ModelOpt 0.23 to 0.42 writes, which clamps scales to 1.0. */
function ones(table: ScaleTable): Finding[] {
  const cached = table.entries.filter(({ role }) => role === "k" || role === "v" || role === "kv");
  const values = cached.flatMap(({ scale }) => scale.values);
  const exact = values.filter((value) => value === 1).length;
  if (exact === 0 || values.some((value) => !(value >= 1))) return [];
  const all = exact === values.length;
  const said: Said = {
    code: all ? "all-ones" : "clamped-at-one",
    severity: "warning",
    message: all
      ? `All ${count(values.length, "key and value scale")} are exactly 1.0: uncalibrated, or clamped by ModelOpt 0.23 to 0.42`
      : `No scale is below 1.0 and ${exact} of ${values.length} are exactly 1.0: clamped by ModelOpt 0.23 to 0.42`,
    remedy: `Measure what 1.0 costs with \`kvscale verify REF\`; to do better, ${CALIBRATE}.`,
  };
  return [about(cached, said)];
}

function least(entries: readonly Entry[]): number {
  const positive = entries.flatMap(({ scale }) => scale.values.filter((value) => value > 0));
  return positive.reduce((low, value) => Math.min(low, value), Infinity);
}

function greatest(entries: readonly Entry[]): number {
  const finite = entries.flatMap(({ scale }) => scale.values.filter(Number.isFinite));
  return finite.reduce((high, value) => Math.max(high, value), -Infinity);
}
