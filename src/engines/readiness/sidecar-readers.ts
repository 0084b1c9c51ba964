import { Refusal } from "../../errors.js";
import { sidecarForm } from "../../scales/sidecars/sidecars.js";
import { commandLine } from "../launch.js";
import type { Readiness } from "../verdict.js";
import { shellWord } from "../words.js";
import { settle } from "./outcome.js";
import { unitOutcome } from "./pair.js";
import { sidecarOf, sidecarOutcomes } from "./sidecar-outcomes.js";
import type { View } from "./view.js";

/** What LightLLM does: scales come from its calibration file or not at all. */
export function judgeLightllm(view: View): Readiness {
  const sidecar = sidecarOf(view, "lightllm");
  if (sidecar === undefined) return settle(view, view.sites.map(unitOutcome), noSidecar(view));
  const type = sidecar.table.entries.some(({ scale }) => scale.per === "head") ? "fp8kv_sph" : "fp8kv_spt";
  const template = `python -m lightllm.server.api_server --model_dir DIR --llm_kv_type ${type} --kv_quant_calibration_config_path DIR/${shellWord(sidecar.file)}`;
  return settle(view, sidecarOutcomes(view, sidecar), {
    note: `it reads them from ${sidecar.file}`,
    launch: commandLine(template, view.inventory.label),
  });
}

/** What KsanaLLM does: kv_cache_scales.json in the model folder, for keys and values alike. */
export function judgeKsanallm(view: View): Readiness {
  const sidecar = sidecarOf(view, "kv-cache-scales", view.engine.emit.sidecarPath);
  if (sidecar === undefined) return settle(view, view.sites.map(unitOutcome), noSidecar(view));
  if (sidecar.facts.layers !== view.sites.length)
    return settle(view, view.sites.map(unitOutcome), {
      because:
        view.sites.length === 0
          ? `there is no model beside ${sidecar.file}`
          : `${sidecar.file} has ${sidecar.facts.layers} layers, the model ${view.sites.length}`,
    });
  return settle(view, sidecarOutcomes(view, sidecar), {
    note: "ask for the FP8 cache with setting.quantization_config.kv_cache.dtype: fp8_e4m3 in ksana_llm.yaml",
  });
}

function noSidecar(view: View) {
  const { engine, inventory } = view;
  if (inventory.table.entries.length === 0) return {};
  const because = `it reads them from ${engine.emit.sidecarPath} only, which is not here`;
  return { because, convertible: inventory.config === undefined || isSayable(view) };
}

/** Whether the engine's file can say these scales: it knows layers alone, each of them, and compares the model's facts. */
function isSayable({ engine, inventory }: View): boolean {
  const { layers, architectures, ...facts } = inventory.geometry;
  if (layers === undefined || engine.emit.sidecar === undefined) return false;
  const [architecture] = architectures;
  const target = { layers, ...facts, ...(architecture === undefined ? {} : { architecture }) };
  try {
    sidecarForm(engine.emit.sidecar).print(inventory.table, target);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
