import { inlineQuantization } from "../config/documents.js";
import { parseDocument } from "../document/document.js";
import { isObject, type JsonObject, lookup } from "../document/json.js";
import type { Inventory } from "../inventory/inventory.js";

/** The objects of the config files by which engines choose their KV-cache method; undefined where absent. */
export interface Settings {
  /** The quantisation object of config.json, wherever engines look for it. */
  readonly block: JsonObject | undefined;
  /** The `quantization` object of hf_quant_config.json, or its root in the flat form. */
  readonly modelopt: JsonObject | undefined;
}

/** Reads the objects from the texts, once for all engines. Throws a data Refusal for text that is no JSON object. */
export function settingsOf(inventory: Inventory): Settings {
  const known = SETTINGS.get(inventory);
  if (known !== undefined) return known;
  const settings = read(inventory);
  SETTINGS.set(inventory, settings);
  return settings;
}

const SETTINGS = new WeakMap<Inventory, Settings>();

function read({ config, quantConfig }: Inventory): Settings {
  const inline = config && inlineQuantization({ config: parseDocument(config.text, config.path) });
  const file = quantConfig && parseDocument(quantConfig.text, quantConfig.path).value;
  return {
    block: inline?.value,
    modelopt: [lookup(file, ["quantization"]), file].find(isObject),
  };
}
