import type { DialectId, WeightQuantization } from "../config/declaration.js";
import type { EngineId } from "../engines/engine.js";
import { engineOf } from "../engines/engines.js";
import { usageRefusal } from "../errors.js";
import type { Inventory } from "../inventory/inventory.js";
import { type Emission, emissionOfSource } from "../plan/emission.js";
import type { NewText } from "../plan/rewrite.js";
import { sidecarForm } from "../scales/sidecars/sidecars.js";
import type { Loss, ScaleTable } from "../scales/table.js";

/** What to emit for an engine, or without one what follows the source's spelling. */
export function emissionFor(
  table: ScaleTable,
  engine: EngineId | undefined,
  weights: WeightQuantization,
): Emission {
  if (engine === undefined) return emissionOfSource(table);
  const { emit, perHead } = engineOf(engine);
  if (emit.strip === true) throw takesNoScales(engine);
  const format = emit.keepsBase ? {} : { format: "float8_e4m3fn" as const };
  const spelling = emit.spelling === undefined ? {} : { spelling: emit.spelling };
  return {
    ...spelling,
    ...format,
    shape: emit.shape,
    perHead,
    dialects: dialectsFor(emit.dialects, weights),
  };
}

/** Quantised weights keep their own way to declare the cache; 16-bit ones get the engine's. */
function dialectsFor(
  wanted: readonly DialectId[],
  { method, kvOnly }: WeightQuantization,
): readonly DialectId[] {
  if (method === "none" || kvOnly) return wanted;
  return OWN_DIALECTS[method];
}

const OWN_DIALECTS: Record<Exclude<WeightQuantization["method"], "none">, readonly DialectId[]> = {
  fp8: ["autofp8"],
  "compressed-tensors": ["compressed-tensors"],
  modelopt: ["modelopt", "modelopt-inline"],
  quark: ["quark"],
  awq: [],
  gptq: [],
  other: [],
};

/** The JSON file that an engine reads instead of tensors, and what it cannot keep. */
export function sidecarFor(
  table: ScaleTable,
  engine: EngineId | undefined,
  { geometry }: Inventory,
  ranks: number,
): { texts: NewText[]; losses: readonly Loss[] } {
  const emit = engine === undefined ? undefined : engineOf(engine).emit;
  if (emit?.sidecar === undefined) return { texts: [], losses: [] };
  const form = sidecarForm(emit.sidecar);
  const { text, losses } = form.print(table, { ...sidecarTarget(geometry), ranks });
  return { texts: [{ path: emit.sidecarPath ?? form.fileName, text, why: "the scales as JSON" }], losses };
}

/** What a sidecar must say about the model. Throws a usage Refusal when the config does not say it. */
export function sidecarTarget({ layers, modelType, architectures, kvHeads }: Inventory["geometry"]) {
  const [architecture] = architectures;
  if (layers === undefined) throw unknownLayers();
  return {
    layers,
    ...(modelType === undefined ? {} : { modelType }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(kvHeads === undefined ? {} : { kvHeads }),
  };
}

function takesNoScales(engine: EngineId) {
  return usageRefusal("engine-takes-no-scales", {
    expected: "an engine that reads KV scales",
    found: `${engine}, which fails on checkpoints that hold them`,
    remedy: "Use `kvscale strip` to take scales out for it.",
  });
}

function unknownLayers() {
  return usageRefusal("layers-unknown", {
    expected: "a config.json that says how many layers the model has, for a JSON file of scales",
    found: "none",
    remedy: "Name a checkpoint directory, or give one with --like.",
  });
}
