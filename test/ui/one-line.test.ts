import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { CALIBRATE_DEFAULTS } from "../../src/operations/calibrate-input.js";
import { DEFAULTS } from "../../src/operations/verify-input.js";
import { type Field, type Subject, type Values, valuesOf } from "../../src/ui/actions/action.js";
import { ACTIONS, actionOf } from "../../src/ui/actions/actions.js";
import { commandLines, commandText } from "../../src/ui/command-text.js";
import { localSession } from "../../src/ui/session.js";
import type { Settings } from "../../src/ui/settings.js";
import { ran } from "../cli/terminal.js";
import { checkpoint, scratch, unheard } from "../operations/desk.js";

/** What operations are asked, one after the other; none of them does anything. */
const asked = vi.hoisted(() => [] as unknown[]);

const listening = vi.hoisted(() => (name: string) => async (original: () => Promise<object>) => ({
  ...(await original()),
  [name]: async (input: unknown) => {
    asked.push(input);
    throw new Error("asked");
  },
}));

vi.mock("../../src/operations/merge.js", listening("merge"));
vi.mock("../../src/operations/convert.js", listening("convert"));
vi.mock("../../src/operations/strip.js", listening("strip"));
vi.mock("../../src/operations/extract.js", listening("extract"));
vi.mock("../../src/operations/verify.js", listening("verify"));
vi.mock("../../src/operations/calibrate.js", listening("calibrate"));
vi.mock("../../src/operations/push.js", listening("push"));

const FP8 = checkpoint("modelopt-fp8");
const BASE = checkpoint("base-indexed");

/** Names that shells and option parsers trip over. */
const NAMES = fc.constantFrom(
  "./plain",
  "./with blank",
  "./it's",
  "-rf",
  "--force",
  "~/home",
  "$HOME/`id`",
  'a"b\\c',
  "模型-é",
  "a*b?[c]",
  "!x;y&z|w",
  "#no",
);

/** A value that a person could choose. */
function choices({ kind, options = [], id }: Field): fc.Arbitrary<string> {
  if (kind === "toggle") return fc.constantFrom("", "yes");
  if (kind === "choice") return fc.constantFrom(...options.map(({ value }) => value));
  if (id === "repository") return fc.constantFrom("org/name", "me/Model-1.0_KV");
  return NAMES;
}

/** Fields and what is chosen in them, those that are out of use by then among them. */
function forms(id: string, subject: Subject): fc.Arbitrary<Values> {
  const fields = actionOf(id).fields(subject);
  return fc
    .record(Object.fromEntries(fields.map((field) => [field.id, choices(field)])))
    .map((chosen) => valuesOf(fields, subject, new Map(Object.entries(chosen))));
}

/** The words that a POSIX shell makes of a line. */
function shell(line: string): string[] {
  return execFileSync("sh", ["-c", `printf '%s\\0' ${line.replace(/^kvscale/, "kvscale")}`])
    .toString()
    .split("\0")
    .slice(1, -1);
}

/** What an operation understands: members that say nothing, and values that are taken anyway, do not count. */
function meaning(input: unknown): unknown {
  const plain = JSON.parse(JSON.stringify(input)) as Record<string, unknown> & {
    writing?: { push?: object };
  };
  // A push links nothing.
  if (plain.writing?.push) Object.assign(plain.writing, { link: "auto" });
  const defaults: Record<string, unknown> = {
    ...CALIBRATE_DEFAULTS,
    ...DEFAULTS,
    data: "auto",
    backend: "auto",
  };
  return Object.fromEntries(
    Object.entries(plain)
      .filter(
        ([, value]) => value !== false && JSON.stringify(value) !== "{}" && JSON.stringify(value) !== "[]",
      )
      .filter(([key, value]) => defaults[key] !== value),
  );
}

async function compare(id: string, subject: Subject, values: Values, more: string[] = []): Promise<void> {
  const session = localSession({});
  const words = actionOf(id).words(subject, values);
  asked.length = 0;
  await expect(session.perform(id, subject, values, "run", unheard)).rejects.toThrow("asked");
  for (const line of [commandText(words), commandLines(words, 40).join("\n")])
    await ran([...shell(line), ...more]);
  await ran([...shell(commandText(words)), ...more]);
  expect(asked).toHaveLength(4);
  const [first, ...others] = asked.map(meaning);
  for (const other of others) expect(other).toEqual(first);
}

async function subjectOf(ref: string, settings: Settings = {}): Promise<Subject> {
  return { ...(await localSession({}, settings).inspect(ref, unheard)), neighbours: [], taken: new Set() };
}

describe("the line that does the same", () => {
  it.each(ACTIONS.map(({ id }) => id))("of %s asks the operation for the very same", async (id) => {
    const subject = await subjectOf(id === "calibrate" ? BASE : FP8);
    await fc.assert(
      fc.asyncProperty(forms(id, subject), (values) => compare(id, subject, values)),
      { numRuns: 12 },
    );
  });

  it("of a merge into the subject, which has no scales, does so, too", async () => {
    const subject = await subjectOf(BASE);
    await fc.assert(
      fc.asyncProperty(forms("merge", subject), (values) => compare("merge", subject, values)),
      { numRuns: 12 },
    );
  });

  it.each(["merge", "convert", "calibrate", "verify", "extract", "strip"])(
    "of %s does so where a settings file says otherwise",
    async (id) => {
      const file = join(await scratch(), "kvscale.config.json");
      const thresholds = { warnSqnr: 30, minSqnr: 22, minTop1: 0.9 };
      await writeFile(
        file,
        JSON.stringify({
          ...{ engine: "tgi", link: "hardlink", backend: "reference", thresholds },
          calibration: { text: "own.txt" },
        }),
      );
      const settings: Settings = {
        ...{ engine: "tgi", link: "hardlink", backend: "reference" },
        thresholds: { minSqnr: 30, failSqnr: 22 },
        modelThresholds: { minTop1: 0.9 },
        text: join(dirname(file), "own.txt"),
      };
      const subject = await subjectOf(id === "calibrate" ? BASE : FP8, settings);
      await fc.assert(
        fc.asyncProperty(forms(id, subject), (values) =>
          compare(id, subject, values, ["--config", file, "--quiet"]),
        ),
        { numRuns: 12 },
      );
    },
  );

  it("of calibrate does so where a settings file has token ids", async () => {
    const file = join(await scratch(), "kvscale.config.json");
    await writeFile(file, JSON.stringify({ calibration: { tokens: "ids.json" } }));
    const subject = await subjectOf(BASE, { tokens: join(dirname(file), "ids.json") });
    await fc.assert(
      fc.asyncProperty(forms("calibrate", subject), (values) =>
        compare("calibrate", subject, values, ["--config", file, "--quiet"]),
      ),
      { numRuns: 12 },
    );
  });
});
