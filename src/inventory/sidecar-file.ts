import { parseSidecar, place } from "../scales/sidecars/sidecars.js";
import type { Site } from "../scales/site.js";
import type { SidecarFile, TextFile } from "./inventory.js";

/**
 * A sidecar's scales on the checkpoint's attention modules. A sidecar by itself knows layers only; its
 * scales then stand on the modules of the Llama family, which a merge maps to the base's by layer.
 * Throws a data Refusal for a broken file, or for layers that are not the model's.
 */
export function placeSidecar({ path, text }: TextFile, sites: readonly Site[]): SidecarFile {
  const sidecar = parseSidecar(text, path);
  const { spelling: form, facts, losses } = sidecar;
  const table = place(sidecar, sites.length === 0 ? assumedSites(facts.layers) : sites);
  return { file: path, form, table, facts, losses };
}

function assumedSites(layers: number): Site[] {
  return Array.from({ length: layers }, (_, layer) => ({
    path: `model.layers.${layer}.self_attn`,
    layer,
    kind: "decoder",
  }));
}
