import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { checkTable } from "../../../src/scales/check.js";
import { kvCacheScales } from "../../../src/scales/sidecars/kv-cache-scales.js";
import { lightllm } from "../../../src/scales/sidecars/lightllm.js";
import { parseSidecar, place } from "../../../src/scales/sidecars/sidecars.js";
import { siteOf } from "../../../src/scales/site.js";
import type { ScaleTable } from "../../../src/scales/table.js";

const FOLDER = resolve(import.meta.dirname, "../../../../shared/data/kv-scales");
const here = existsSync(FOLDER);

interface Known {
  readonly file: string;
  readonly layers: number;
  readonly modelType?: string;
  readonly architecture?: string;
  readonly kvHeads?: number;
  readonly most: number;
  /** Codes of all findings besides the sizes of the numbers. */
  readonly findings: readonly string[];
  /** True where printing gives the file's own bytes (others were not written by Python's json). */
  readonly exact: boolean;
}

function calibration(name: string, layers: number, kvHeads: number, most: number): Known {
  const architecture = name.endsWith("qwen3_30b") ? "Qwen3MoeForCausalLM" : "Qwen2ForCausalLM";
  const file = `lightllm/test_kv_cache_calib_${name}.json`;
  return { file, layers, architecture, kvHeads, most, findings: ["calibrated-in-bf16"], exact: true };
}

/** Facts as the list of sources of these files gives them, and as counted in the files. */
const FILES: readonly Known[] = [
  {
    file: "vllm/kv_cache_scales.llama2-7b.json",
    layers: 32,
    modelType: "llama",
    most: 0.0482352152466774,
    findings: ["calibrated-in-f16"],
    exact: true,
  },
  {
    file: "ksana/kv_cache_scales.llama2-7b-fp8-kv.json",
    layers: 32,
    modelType: "llama",
    most: 0.0484444759786129,
    findings: ["calibrated-in-f16"],
    exact: true,
  },
  {
    file: "ksana/kv_cache_scales.qwen2-1.5b-fp8-kv.json",
    layers: 28,
    modelType: "qwen",
    most: 0.9765625596046448,
    findings: ["calibrated-in-f16"],
    exact: true,
  },
  {
    file: "sglang/kv_cache_scales_llama3_8b.json",
    layers: 32,
    modelType: "llama",
    most: 0.1768,
    findings: [],
    exact: true,
  },
  {
    file: "sglang/kv_cache_scales_llama3_1_8b.json",
    layers: 32,
    modelType: "llama",
    most: 1,
    findings: ["all-ones"],
    exact: false,
  },
  {
    file: "sglang/kv_cache_scales_qwen2_1_5b.json",
    layers: 28,
    modelType: "qwen",
    most: 0.9846,
    findings: [],
    exact: false,
  },
  calibration("per_head_qwen2.5_14b", 48, 8, 0.0859375074505806),
  calibration("per_head_qwen2.5_32b", 64, 8, 0.0842633992433548),
  calibration("per_head_qwen2.5_72b", 80, 8, 0.0680803582072258),
  calibration("per_head_qwen3_30b", 48, 4, 0.3526785969734192),
  calibration("per_tensor_qwen2.5_14b", 48, 8, 0.0898437574505806),
  calibration("per_tensor_qwen2.5_32b", 64, 8, 0.0842633992433548),
  calibration("per_tensor_qwen2.5_72b", 80, 8, 0.0691964328289032),
  calibration("per_tensor_qwen3_30b", 48, 4, 0.3482142984867096),
];

describe.skipIf(!here)("sidecars of real projects (skipped where ../shared is missing)", () => {
  it.each(FILES)("$file: says of the model what its source says", (known) => {
    const { facts, losses } = read(known).sidecar;
    expect(facts).toMatchObject({
      layers: known.layers,
      ...(known.modelType && { modelType: known.modelType }),
      ...(known.kvHeads && { kvHeads: known.kvHeads, architecture: known.architecture }),
    });
    expect(losses).toEqual([]);
  });

  it.each(FILES)("$file: holds the numbers that its source says", (known) => {
    const { table } = read(known);
    expect(Math.max(...numbers(table))).toBeCloseTo(known.most, 12);
  });

  it.each(FILES)("$file: shows where its numbers come from", (known) => {
    const codes = findings(known)
      .map(({ code }) => code)
      .filter((code) => !code.startsWith("scale-above"));
    expect(codes).toEqual(known.findings);
  });

  it.each(FILES.filter(({ exact }) => exact))("$file: prints as it was", (known) => {
    const { sidecar, table, text } = read(known);
    const form = known.modelType === undefined ? lightllm : kvCacheScales;
    const printed = form.print(table, { ...sidecar.facts });
    expect(printed.text.trimEnd()).toBe(text.trimEnd());
    expect(printed.losses).toEqual([]);
  });
});

function read({ file, layers, kvHeads }: Known) {
  const text = readFileSync(resolve(FOLDER, file), "utf8");
  const sidecar = parseSidecar(text, file);
  const sites = Array.from({ length: layers }, (_, n) => siteOf(`model.layers.${n}.self_attn`)!);
  return { text, sidecar, sites, table: place(sidecar, sites, kvHeads === undefined ? {} : { kvHeads }) };
}

function findings(known: Known) {
  const { table, sites } = read(known);
  return checkTable(table, { sites, ...(known.kvHeads !== undefined && { kvHeads: known.kvHeads }) });
}

function numbers(table: ScaleTable): number[] {
  return table.entries.flatMap(({ scale }) => scale.values);
}
