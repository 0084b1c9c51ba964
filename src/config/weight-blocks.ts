import { isObject, type Json, type JsonObject, lookup } from "../document/json.js";
import { type ConfigDocuments, inlineQuantization } from "./documents.js";

/**
 * Rows and columns of the blocks that FP8 weights have one scale each for, where the config says them: DeepSeek's
 * `weight_block_size`, or `block_structure` of a compressed-tensors group (vLLM fp8.py and compressed_tensors_utils
 * @017e9f4).
 */
export function weightBlocks(
  documents: ConfigDocuments,
): readonly [rows: number, columns: number] | undefined {
  const inline = inlineQuantization(documents)?.value;
  if (inline === undefined) return undefined;
  const said = [inline.get("weight_block_size"), ...structures(inline)];
  return said.map(pairOf).find((pair) => pair !== undefined);
}

function structures(inline: JsonObject): (Json | undefined)[] {
  const groups = inline.get("config_groups");
  return isObject(groups)
    ? [...groups.values()].map((group) => lookup(group, ["weights", "block_structure"]))
    : [];
}

/** Two numbers of a list, or of a text such as `128x128`. */
function pairOf(value: Json | undefined): readonly [number, number] | undefined {
  const parts = typeof value === "string" ? value.split("x").map(Number) : value;
  if (!Array.isArray(parts) || parts.length !== 2) return undefined;
  const [rows, columns] = parts;
  return isSize(rows) && isSize(columns) ? [rows, columns] : undefined;
}

function isSize(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
