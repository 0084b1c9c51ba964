import { isObject, type Json, type JsonObject, lookup } from "../document/json.js";
import { quoted } from "../document/wording.js";
import type { Finding } from "../finding.js";
import type { Declaration } from "./declaration.js";
import { type DeclarationParts, declaration, keyIs, remark } from "./dialect.js";
import type { InlineQuantization } from "./documents.js";

/** Where Quark names the layers whose outputs are the KV cache. */
export const GROUP = ["export", "kv_cache_group"] as const;
/** Rules for single layers, by glob. */
export const LAYERS = "layer_quant_config";
/** An argument of Quark's Python interface that its exports carry along; no engine reads it. */
export const PYTHON_KEY = "kv_cache_quant_config";

/** What a Quark object says about the KV cache, as vLLM reads it (quark.py L195-268 @017e9f4). */
export function readQuark(inline: InlineQuantization): readonly Declaration[] {
  const said = statement(inline.value);
  if (said === undefined) return [];
  const { keys, ...rest } = said;
  return [declaration({ dialect: "quark", file: inline.file, keys: [...inline.path, ...keys], ...rest })];
}

/** Names in `layer_quant_config` that one of the group's globs matches, in order. */
export function layersOfGroup(value: JsonObject): readonly string[] {
  const group = lookup(value, GROUP);
  const layers = value.get(LAYERS);
  if (!Array.isArray(group) || !isObject(layers)) return [];
  const globs = group.filter((glob) => typeof glob === "string").map(globPattern);
  return [...layers.keys()].filter((name) => globs.some((glob) => glob.test(name)));
}

type Statement = Pick<DeclarationParts, "keys" | "cache" | "strategy" | "dynamic" | "observer" | "findings">;

function statement(value: JsonObject): Statement | undefined {
  if (!isObject(value.get("export")))
    return none(["export"], "quark-export-missing", "has no `export` object");
  const group = lookup(value, GROUP);
  if (!Array.isArray(group))
    return none(GROUP, "quark-kv-group-missing", `says that ${keyIs("kv_cache_group", group)}, not a list`);
  if (group.length > 0) return groupStatement(value, group);
  return isObject(value.get(PYTHON_KEY)) && (value.get(PYTHON_KEY) as JsonObject).size > 0
    ? pythonOnly()
    : undefined;
}

/** vLLM refuses such a checkpoint whole, whether or not anybody wants its cache in FP8. */
function none(keys: readonly string[], code: string, what: string): Statement {
  const message = `the Quark config ${what}, so vLLM refuses the checkpoint`;
  const remedy = "Set `export.kv_cache_group` to an empty list, as Quark does for a 16-bit cache.";
  return { keys, cache: "none", findings: [remark(code, "error", message, remedy)] };
}

function pythonOnly(): Statement {
  const message = `\`${PYTHON_KEY}\` is set, but \`export.kv_cache_group\` is empty, and no engine reads the former`;
  return {
    keys: [PYTHON_KEY],
    cache: "unknown",
    findings: [remark("quark-kv-config-unread", "warning", message)],
  };
}

function groupStatement(value: JsonObject, group: readonly Json[]): Statement {
  const specs = layersOfGroup(value).map((name) => lookup(value, [LAYERS, name, "output_tensors"]));
  const spec = specs[0];
  if (!isObject(spec)) {
    const globs = group.map((glob) => quoted(String(glob))).join(", ");
    const message = `no rule of \`${LAYERS}\` gives \`output_tensors\` for the KV group ${globs}, so vLLM refuses the checkpoint`;
    return { keys: GROUP, cache: "unknown", findings: [remark("quark-kv-layers-missing", "error", message)] };
  }
  return {
    keys: GROUP,
    cache: cacheOf(spec),
    strategy: spec.get("qscheme") === "per_tensor" ? "tensor" : undefined,
    dynamic: spec.get("is_dynamic") === true,
    observer: spec.get("observer_cls"),
    findings: [...unsupported(spec), differing(specs)],
  };
}

const CACHES: ReadonlyMap<Json | undefined, Declaration["cache"]> = new Map([
  ["fp8_e4m3", "float8_e4m3fn"],
  ["int8", "int8"],
]);

function cacheOf(spec: JsonObject): Declaration["cache"] {
  return CACHES.get(spec.get("dtype")) ?? "unknown";
}

const SUPPORTED: readonly (readonly [key: string, value: Json])[] = [
  ["dtype", "fp8_e4m3"],
  ["qscheme", "per_tensor"],
];

function unsupported(spec: JsonObject): Finding[] {
  return SUPPORTED.filter(([key, value]) => spec.get(key) !== value).map(([key, value]) =>
    remark(
      "quark-kv-spec-unsupported",
      "error",
      `${keyIs(key, spec.get(key))} for the KV group; vLLM takes ${quoted(String(value))} only`,
    ),
  );
}

function differing(specs: readonly (Json | undefined)[]): Finding | undefined {
  const words = new Set(specs.map((spec) => `${lookup(spec, ["dtype"])}/${lookup(spec, ["qscheme"])}`));
  if (words.size === 1) return undefined;
  const message = `the layers of the KV group are quantised in different ways (${[...words].map(quoted).join(", ")}), which vLLM refuses`;
  return remark("quark-kv-layers-differ", "error", message);
}

/** Python's fnmatch with `*` and `?`; names of layers have no brackets. */
function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
}
