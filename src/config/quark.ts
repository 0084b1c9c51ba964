import type { Document } from "../document/document.js";
import { removeMember, setMember } from "../document/edit.js";
import { isObject, isSame, type JsonInput, type JsonObject, lookup, type Path } from "../document/json.js";
import { quoted } from "../document/wording.js";
import { dataRefusal } from "../errors.js";
import type { Dialect } from "./dialect.js";
import { type ConfigDocuments, type InlineQuantization, inlineQuantization } from "./documents.js";
import { GROUP, LAYERS, layersOfGroup, PYTHON_KEY, readQuark } from "./quark-keys.js";
import { methodRefusal, needConfig } from "./refusals.js";
import { leavesWeights } from "./weights.js";

/** `export.kv_cache_group` and its rules in `layer_quant_config`, beside weights that AMD Quark quantised. */
export const quark: Dialect = {
  id: "quark",
  about: "`export.kv_cache_group` with `layer_quant_config` in Quark's `quantization_config`; read by vLLM",
  read(documents) {
    const inline = own(documents);
    return inline === undefined ? [] : readQuark(inline);
  },
  writing: { formats: ["float8_e4m3fn"], strategies: ["tensor"], declare },
  undeclare(documents) {
    const inline = own(documents);
    if (inline === undefined || !declares(inline.value)) return documents;
    const config = needConfig(documents);
    if (leavesWeights("quark", inline.value))
      return { ...documents, config: removeMember(config, inline.path) };
    return { ...documents, config: withoutGroup(config, inline) };
  },
};

const KV_GLOBS = ["*k_proj", "*v_proj"] as const;

/** Quark's FP8E4M3PerTensorSpec; vLLM looks at `dtype` and `qscheme`. */
const FP8_SPEC: JsonInput = {
  ch_axis: null,
  dtype: "fp8_e4m3",
  group_size: null,
  is_dynamic: false,
  observer_cls: "PerTensorMinMaxObserver",
  qscheme: "per_tensor",
  round_method: "half_even",
  scale_type: "float",
  symmetric: true,
};

function own(documents: ConfigDocuments): InlineQuantization | undefined {
  const inline = inlineQuantization(documents);
  return inline?.method === "quark" ? inline : undefined;
}

function declares(value: JsonObject): boolean {
  return [lookup(value, GROUP), value.get(PYTHON_KEY)].some((said) =>
    isObject(said) ? said.size > 0 : Array.isArray(said) && said.length > 0,
  );
}

function declare(documents: ConfigDocuments): ConfigDocuments {
  const inline = own(documents);
  // Quark has no form for 16-bit weights: vLLM looks for a weight scheme for every linear layer.
  if (inline === undefined) throw methodRefusal("weights quantised by Quark", inlineQuantization(documents));
  const config = needConfig(documents);
  if (declares(inline.value)) return declare({ ...documents, config: withoutGroup(config, inline) });
  refuseIncomplete(inline);
  refuseOverlap(inline);
  const grouped = setMember(config, [...inline.path, ...GROUP], KV_GLOBS);
  return {
    ...documents,
    config: KV_GLOBS.reduce((edited, glob) => withOutput(edited, inline, glob), grouped),
  };
}

/**
 * A new rule repeats the global one, outputs apart: vLLM refuses a fused qkv layer whose three parts
 * have different rules (quark.py `_find_matched_config`).
 */
function withOutput(config: Document, { path, value }: InlineQuantization, glob: string): Document {
  const rule = lookup(value, [LAYERS, glob]);
  if (isObject(rule)) return setMember(config, [...path, LAYERS, glob, "output_tensors"], FP8_SPEC);
  const global = value.get("global_quant_config") as JsonObject;
  const repeated = new Map<string, JsonInput>([...global, ["output_tensors", FP8_SPEC]]);
  return setMember(config, [...path, LAYERS, glob], repeated);
}

/** The group emptied, and its rules without outputs; rules that then say nothing of their own are removed. */
function withoutGroup(config: Document, { path, value }: InlineQuantization): Document {
  const layers = [...layersOfGroup(value), "*q_proj"].map((name): Path => [LAYERS, name]);
  const bare = layers
    .filter((layer) => isObject(lookup(value, [...layer, "output_tensors"])))
    .reduce((edited, layer) => withoutOutput(edited, path, value, layer), config);
  const emptied = lookup(value, GROUP) === undefined ? bare : setMember(bare, [...path, ...GROUP], []);
  return isObject(value.get(PYTHON_KEY)) ? setMember(emptied, [...path, PYTHON_KEY], {}) : emptied;
}

function withoutOutput(config: Document, path: Path, value: JsonObject, layer: Path): Document {
  const rule = lookup(value, layer) as JsonObject;
  const global = value.get("global_quant_config");
  const left = new Map([...rule, ["output_tensors", null]]);
  const asGlobal = isObject(global) && isSame(left, new Map([...global, ["output_tensors", null]]));
  return asGlobal
    ? removeMember(config, [...path, ...layer])
    : setMember(config, [...path, ...layer, "output_tensors"], null);
}

const NEEDED = ["export", LAYERS, "global_quant_config"] as const;

function refuseIncomplete({ file, path, value }: InlineQuantization): void {
  const absent = NEEDED.find((key) => !isObject(value.get(key)));
  if (absent === undefined) return;
  throw dataRefusal("quark-config-incomplete", {
    file,
    expected: `an object \`${absent}\` in ${path.join(".")}, as Quark exports it`,
    found: "none",
    remedy: "Export the checkpoint with Quark again: vLLM refuses this config as it is.",
  });
}

/** A rule that could match k_proj or v_proj would compete with the new ones for the weights of these layers. */
function refuseOverlap({ file, value }: InlineQuantization): void {
  const layers = value.get(LAYERS) as JsonObject;
  const rival = [...layers.keys()].find(
    (glob) => !KV_GLOBS.some((own) => own === glob) && /(\*|[kv]_proj)$/.test(glob),
  );
  if (rival === undefined) return;
  throw dataRefusal("quark-rules-overlap", {
    file,
    expected: `rules in \`${LAYERS}\` that leave k_proj and v_proj alone`,
    found: `the rule ${quoted(rival)}`,
    remedy: "Export the checkpoint with Quark and its own KV-cache quantisation.",
  });
}
