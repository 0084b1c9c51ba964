import type { Document } from "../../document/document.js";
import type { Json } from "../../document/json.js";
import { dataRefusal, usageRefusal } from "../../errors.js";
import { broadcast } from "../algebra.js";
import { headScale, type Scale, tensorScale } from "../scale.js";
import type { Entry, ScaleTable } from "../table.js";
import { perLayer } from "./layers.js";
import { isCount, isNumber, isText, objectAt, refusal, valueAt } from "./members.js";
import { printPython } from "./python-json.js";
import type { PrintedSidecar, Sidecar, SidecarEntry, SidecarForm, Target } from "./sidecar.js";

/**
 * LightLLM's calibration file: a row a layer, key scales in its first half and value scales in its second;
 * one number or one per KV head each. The engine compares every other key with the model.
 */
export const lightllm: SidecarForm = {
  id: "lightllm",
  rows: ["N18"],
  title: "KV calibration file of LightLLM, per tensor or per head",
  fileName: "kv_cache_calib.json",
  source: "LightLLM kv_cache_mem_manager/fp8_static_per_head_quant_mem_manager.py @87881ae7",
  claims: (document) => document.value.has("quant_type") || document.value.has("scales_shape"),
  parse,
  print,
};

const FP8_MAX = 448;

function parse(document: Document): Sidecar {
  objectAt(document, []);
  is(document, "version", "1.0");
  is(document, "qmin", -FP8_MAX);
  is(document, "qmax", FP8_MAX);
  const type = valueAt(document, ["quant_type"], '"per_head" or "per_tensor"', isQuantType);
  const layers = valueAt(document, ["num_layers"], "a whole number", isCount);
  const kvHeads = valueAt(document, ["num_head"], "a whole number", isCount);
  const architecture = valueAt(document, ["architectures"], "a string", isText);
  const width = type === "per_head" ? kvHeads : 1;
  valueAt(document, ["scales_shape"], `[${layers}, ${2 * width}]`, isShape(layers, 2 * width));
  const rows = valueAt(document, ["scales"], `an array of ${layers} arrays`, isTable(layers));
  return {
    spelling: lightllm.id,
    file: document.file,
    format: "float8_e4m3fn",
    entries: rows.flatMap((row, layer) => entriesOf(document, row, layer, width)),
    facts: { layers, kvHeads, architecture },
    losses: [],
  };
}

function is(document: Document, key: string, wanted: string | number): void {
  valueAt(document, [key], JSON.stringify(wanted), (value): value is string | number => value === wanted);
}

function isQuantType(value: Json | undefined): value is "per_head" | "per_tensor" {
  return value === "per_head" || value === "per_tensor";
}

function isShape(rows: number, columns: number) {
  return (value: Json | undefined): value is readonly number[] =>
    Array.isArray(value) && value.length === 2 && value[0] === rows && value[1] === columns;
}

function isTable(rows: number) {
  return (value: Json | undefined): value is readonly (readonly Json[])[] =>
    Array.isArray(value) && value.length === rows && value.every(Array.isArray);
}

function entriesOf(document: Document, row: readonly Json[], layer: number, width: number): SidecarEntry[] {
  if (row.length !== 2 * width || !row.every(isNumber)) {
    throw refusal(
      document,
      `${2 * width} numbers in \`scales[${layer}]\``,
      `an array of ${row.length} values`,
    );
  }
  const scale = (values: readonly number[]): Scale =>
    width === 1 ? tensorScale(values[0]!) : headScale(values);
  return [
    { layer, role: "k", scale: scale(row.slice(0, width)), name: `scales[${layer}][0]` },
    { layer, role: "v", scale: scale(row.slice(width)), name: `scales[${layer}][${width}]` },
  ];
}

function print(table: ScaleTable, target: Target): PrintedSidecar {
  const { architecture, kvHeads, layers } = target;
  if (architecture === undefined || kvHeads === undefined) throw tooLittle(architecture === undefined);
  const perHead = target.perHead ?? table.entries.some(({ scale }) => scale.per === "head");
  const { rows, losses } = perLayer(table, layers, { roles: ["k", "v"], perHead });
  const width = perHead ? kvHeads : 1;
  const scales = rows.map((row) => row.flatMap((entry) => headsOf(entry, width)));
  const text = printPython({
    members: [
      ["version", "1.0"],
      ["architectures", architecture],
      ["quant_type", perHead ? "per_head" : "per_tensor"],
      ["qmin", -FP8_MAX],
      ["qmax", FP8_MAX],
      ["num_layers", { whole: layers }],
      ["num_head", { whole: kvHeads }],
      ["scales_shape", [{ whole: layers }, { whole: 2 * width }]],
      ["scales", scales],
    ],
  });
  return { text, losses };
}

function headsOf({ site, role, scale }: Entry, width: number): readonly number[] {
  const { values } = broadcast(scale, width);
  if (values.length === width) return values;
  throw dataRefusal("head-counts-differ", {
    expected: `${width} scales, one per KV head, for ${role} of ${JSON.stringify(site.path)}`,
    found: String(values.length),
  });
}

function tooLittle(architecture: boolean) {
  return usageRefusal("target-facts-needed", {
    expected: `the ${architecture ? "architecture" : "number of KV heads"} of the model that the file is for, since LightLLM compares it`,
    found: "none",
    remedy: "Name a checkpoint with a config.json.",
  });
}
