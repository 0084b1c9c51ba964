import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { CHECKPOINTS } from "../../fixtures/generate.js";
import { HOSTILE } from "../../fixtures/recipes/hostile-cases.js";
import { memorySource } from "../../src/checkpoint/memory.js";
import { readInventory } from "../../src/checkpoint/read-inventory.js";
import { isRefusal } from "../../src/errors.js";
import type { Finding, Severity } from "../../src/finding.js";
import type { Inventory } from "../../src/inventory/inventory.js";
import { checkpoint, hostile, inventoryOf, ROOT, unheard } from "../operations/desk.js";
import { DECLARED } from "./declared.js";
import { MADE_UP } from "./made-up.js";

/** Findings by checkpoint: every fixture, and what is made up here. A refused checkpoint has none. */
const findings = new Map<string, readonly Finding[]>();

beforeAll(async () => {
  for (const name of Object.keys(CHECKPOINTS))
    findings.set(name, await findingsOf(() => inventoryOf(checkpoint(name))));
  for (const name of Object.keys(HOSTILE))
    findings.set(name, await findingsOf(() => inventoryOf(hostile(name))));
  for (const [name, files] of Object.entries({ ...MADE_UP, ...DECLARED }))
    findings.set(name, await findingsOf(() => readInventory(memorySource(name, files()), unheard)));
});

describe("every finding", () => {
  it.each(codesOfSource())("%s is shown by a checkpoint and not by another", (code) => {
    expect(shown().map(([, , expected]) => expected)).toContain(code);
    const shows = [...findings].filter(([, found]) => found.some((finding) => finding.code === code));
    expect(shows.length).toBeGreaterThan(0);
    expect(shows.length).toBeLessThan(findings.size);
  });

  it.each(shown())("%s: %s, %s", (name, severity, code) => {
    const found = findings.get(name)!.filter((finding) => finding.code === code);
    expect(found.map((finding) => finding.severity)).toEqual([severity]);
    expect(found[0]!.message.length).toBeGreaterThan(20);
    if (severity !== "info") expect(found[0]!.remedy ?? REMEDY_IS_NO_USE.has(code)).toBeTruthy();
  });

  it.each(CLEAN)("%s has none", (name) => {
    expect(findings.get(name)).toEqual([]);
  });

  it("is told once", () => {
    for (const found of findings.values()) {
      const told = found.map(({ code, message }) => `${code} ${message}`);
      expect(new Set(told).size).toBe(told.length);
    }
  });
});

/** Checkpoints as a careful producer leaves them: nothing at all is to be said. */
const CLEAN = [
  "sidecar-agrees",
  "gpt2",
  "modelopt-fp8",
  "modelopt-nemotron-h",
  "quark",
  "mistral",
  "tgi-2028",
  "lightllm-per-head",
];

/** Findings that the user can do nothing about within the checkpoint. */
const REMEDY_IS_NO_USE = new Set(["not-an-fp8-scale"]);

/** What each checkpoint is made to show. */
function shown(): [name: string, severity: Severity, code: string][] {
  return [
    ["scales-nan", "error", "scale-not-finite"],
    ["scales-infinite", "error", "scale-not-finite"],
    ["sidecar-not-a-number", "error", "scale-not-finite"],
    ["scales-negative", "error", "scale-negative"],
    ["scales-zero", "error", "scale-zero"],
    ["scales-tiny", "warning", "scale-tiny"],
    ["scales-inverted", "warning", "scale-above-one"],
    ["above-half", "info", "scale-above-half"],
    ["scales-all-ones", "warning", "all-ones"],
    ["scales-clamped", "warning", "clamped-at-one"],
    ["equal-pairs", "info", "equal-pairs"],
    ["llm-compressor", "info", "rounded-to-bf16"],
    ["rounded-to-f16", "info", "rounded-to-f16"],
    ["calibrated-in-bf16", "info", "calibrated-in-bf16"],
    ["calibrated-in-f16", "info", "calibrated-in-f16"],
    ["reciprocal-in-bf16", "info", "reciprocal-in-bf16"],
    ["reciprocal-in-f16", "info", "reciprocal-in-f16"],
    ["scales-half", "error", "half-pair"],
    ["scales-half-values", "error", "half-pair"],
    ["scales-kv-beside-pair", "warning", "kv-beside-pair"],
    ["scales-missing-layer", "error", "missing-layers"],
    ["modelopt-deepseek", "info", "missing-draft-layers"],
    ["scales-extra-layer", "error", "extra-layers"],
    ["llm-compressor-llava", "info", "scales-without-cache"],
    ["scales-wrong-heads", "error", "head-count"],
    ["scales-contradicting", "error", "contradicting-scales"],
    ["duplicates", "warning", "duplicate-scales"],
    ["scales-mixed", "warning", "mixed-spellings"],
    ["stale-shard", "warning", "stale-shard"],
    ["ascend", "warning", "not-an-fp8-scale"],
    ["scales-crossed", "warning", "unrecognised-name"],
    ["control-characters", "warning", "unrecognised-name"],
    ["scales-affine", "error", "affine-cache"],
    ["sidecar-disagrees", "warning", "sidecar-disagrees"],
    ["declared-without-scales", "warning", "config-without-scales"],
    ["scales-undeclared", "warning", "scales-without-config"],
    ["prototype-names", "warning", "scales-without-config"],
    ["scales-heads-under-tensor", "error", "per-head-under-tensor"],
    ["autofp8", "warning", "calibrated-before-rope"],
    ["autofp8-kv-scale", "warning", "calibrated-before-rope"],
    ["llm-compressor", "warning", "last-batch-observer"],
    ["base-single", "info", "no-scales"],
    ["declared-by-wrong-key", "warning", "kv-cache-dtype-unread"],
    ["angelslim", "error", "kv-scheme-key-missing"],
    ["llm-compressor", "info", "kv-scheme-key-later"],
    ["modelopt-kv-only", "warning", "modelopt-quant-algo-missing"],
    ...Object.keys(DECLARED).map((code): [string, Severity, string] => [code, severityOf(code), code]),
  ];
}

/** What engines refuse is an error, what they read otherwise than it was meant a warning. */
function severityOf(code: string): Severity {
  if (DECLARED_INFO.has(code)) return "info";
  return DECLARED_WARNINGS.has(code) ? "warning" : "error";
}

const DECLARED_INFO = new Set(["kv-scheme-unread", "kv-scheme-key-later"]);
const DECLARED_WARNINGS = new Set([
  "kv-cache-dtype-unread",
  "kv-scheme-dynamic",
  "kv-scheme-word-unknown",
  "kv-key-unread",
  "modelopt-kv-algo-unknown",
  "modelopt-quant-algo-missing",
  "modelopt-files-diverge",
  "quark-kv-config-unread",
]);

/** Codes as the sources of the findings write them, plain, by choice, or made with the name of a 16-bit float. */
function codesOfSource(): string[] {
  const folders = ["src/scales/checks", "src/inventory", "src/config"];
  const texts = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((file) => readFileSync(join(ROOT, folder, file), "utf8")),
  );
  const plain = texts.flatMap((text) => [...text.matchAll(/code: "([a-z0-9-]+)"/g)].map(([, code]) => code!));
  const chosen = texts.flatMap((text) =>
    [...text.matchAll(/code: all \? "([a-z-]+)" : "([a-z-]+)"/g)].flatMap(([, a, b]) => [a!, b!]),
  );
  const grids = texts.flatMap((text) =>
    [...text.matchAll(/code: `([a-z-]+)\$\{grid\.name\.toLowerCase\(\)\}`/g)].flatMap(([, stem]) => [
      `${stem}bf16`,
      `${stem}f16`,
    ]),
  );
  const remarks = texts.flatMap((text) =>
    [...text.matchAll(/(?:remark\(|none\((?:GROUP|\["\w+"\]),|\["\w+",)\s*"([a-z0-9]+-[a-z0-9-]+)"/g)].map(
      ([, code]) => code!,
    ),
  );
  return [...new Set([...plain, ...chosen, ...grids, ...remarks])].sort();
}

async function findingsOf(read: () => Promise<Inventory>): Promise<readonly Finding[]> {
  try {
    return (await read()).findings;
  } catch (error) {
    if (isRefusal(error)) return [];
    throw error;
  }
}
