import { removeMember, setMember } from "../document/edit.js";
import { isObject, type Json, type JsonInput, type JsonObject } from "../document/json.js";
import { quoted } from "../document/wording.js";
import type { Finding } from "../finding.js";
import type { Declaration } from "./declaration.js";
import { type Dialect, declaration, keyIs, remark, type Wish } from "./dialect.js";
import { type ConfigDocuments, type InlineQuantization, inlineQuantization } from "./documents.js";
import { methodRefusal, needConfig } from "./refusals.js";
import { cacheOfScheme, dynamicFinding, isDynamic, KV_SCHEME } from "./scheme.js";
import { leavesWeights } from "./weights.js";

/** `kv_cache_scheme` in a compressed-tensors `quantization_config`, of a KV-only block or beside quantised weights. */
export const compressedTensors: Dialect = {
  id: "compressed-tensors",
  about:
    "`quantization_config.kv_cache_scheme` of compressed-tensors; read by vLLM, SGLang, TGI and transformers",
  read(documents) {
    const inline = own(documents);
    const scheme = inline?.value.get(KV_SCHEME) ?? null;
    return inline === undefined || scheme === null ? [] : [readScheme(inline, scheme)];
  },
  writing: { formats: ["float8_e4m3fn"], strategies: ["tensor", "attn_head"], declare },
  undeclare(documents) {
    const inline = own(documents);
    if (inline === undefined || (inline.value.get(KV_SCHEME) ?? null) === null) return documents;
    const config = needConfig(documents);
    if (leavesWeights("compressed-tensors", inline.value))
      return { ...documents, config: removeMember(config, inline.path) };
    // The library writes the key always: null is its word for a cache that is not quantised.
    return { ...documents, config: setMember(config, [...inline.path, KV_SCHEME], null) };
  },
};

function own(documents: ConfigDocuments): InlineQuantization | undefined {
  const inline = inlineQuantization(documents);
  return inline?.method === "compressed-tensors" ? inline : undefined;
}

function declare(documents: ConfigDocuments, wish: Wish): ConfigDocuments {
  const config = needConfig(documents);
  const inline = inlineQuantization(documents);
  const { quantConfig } = documents;
  if (inline === undefined && quantConfig !== undefined) throw methodRefusal(WANTED, quantConfig);
  if (inline === undefined)
    return { ...documents, config: setMember(config, ["quantization_config"], kvOnlyBlock(wish)) };
  if (inline.method !== "compressed-tensors") throw methodRefusal(WANTED, inline);
  return { ...documents, config: setMember(config, [...inline.path, KV_SCHEME], kvScheme(wish)) };
}

const WANTED = "16-bit weights, or weights quantised by compressed-tensors";

/**
 * One block for vLLM, TGI and transformers: no groups, so that weights stay as they are; `ignore` names the class
 * `Linear`, because TGI looks up every linear layer; `frozen`, because TGI refuses other states.
 */
function kvOnlyBlock(wish: Wish): JsonInput {
  return {
    config_groups: {},
    format: "dense",
    ignore: ["Linear"],
    [KV_SCHEME]: kvScheme(wish),
    quant_method: "compressed-tensors",
    quantization_status: "frozen",
  };
}

/** Only keys that every version since 0.7 accepts; `strategy` and `symmetric` are needed by vLLM. */
function kvScheme({ strategy }: Wish): JsonInput {
  return { dynamic: false, num_bits: 8, strategy, symmetric: true, type: "float" };
}

function readScheme({ file, path, value }: InlineQuantization, scheme: Json): Declaration {
  const about = { dialect: "compressed-tensors", file, keys: [...path, KV_SCHEME] } as const;
  if (!isObject(scheme)) return declaration({ ...about, cache: "unknown", findings: [notAnObject(scheme)] });
  const strategy = scheme.get("strategy");
  const version = value.get("version");
  return declaration({
    ...about,
    cache: cacheOfScheme(scheme),
    strategy: strategy === "tensor" || strategy === "attn_head" ? strategy : undefined,
    dynamic: isDynamic(scheme),
    observer: scheme.get("observer"),
    producer: typeof version === "string" ? `compressed-tensors ${version}` : undefined,
    findings: [...missing(scheme), ...unsupported(scheme), ...unknownKeys(scheme), dynamicFinding(scheme)],
  });
}

function notAnObject(scheme: Json): Finding {
  return remark(
    "kv-scheme-not-an-object",
    "error",
    `${keyIs(KV_SCHEME, scheme)} in a compressed-tensors config, which vLLM, TGI and transformers refuse`,
  );
}

/** Keys without which vLLM refuses the checkpoint (compressed_tensors.py L1031-1221 @017e9f4). */
const REQUIRED = ["num_bits", "type", "symmetric", "strategy"] as const;

function missing(scheme: JsonObject): Finding[] {
  return REQUIRED.filter((key) => (scheme.get(key) ?? null) === null).map((key) =>
    remark(
      "kv-scheme-key-missing",
      "error",
      `\`${KV_SCHEME}\` has no \`${key}\`, so vLLM refuses the checkpoint`,
    ),
  );
}

/** What the present keys may say for vLLM; `num_bits` and `type` are judged together. */
const SUPPORTED: readonly (readonly [key: string, code: string, values: readonly Json[]])[] = [
  ["num_bits", "kv-scheme-not-fp8", [8]],
  ["type", "kv-scheme-not-fp8", ["float"]],
  ["symmetric", "kv-scheme-asymmetric", [true]],
  ["strategy", "kv-scheme-strategy-unsupported", ["tensor", "attn_head"]],
];

function unsupported(scheme: JsonObject): Finding[] {
  return SUPPORTED.filter(([key, , values]) => {
    const value = scheme.get(key) ?? null;
    return value !== null && !values.includes(value);
  }).map(([key, code]) =>
    remark(code, "error", `${keyIs(key, scheme.get(key))} in \`${KV_SCHEME}\`, which vLLM refuses`),
  );
}

/** Fields of `QuantizationArgs` since 0.11.0, the first version to forbid others (compressed-tensors quant_args.py). */
const ACCEPTED: ReadonlySet<string> = new Set([
  "num_bits",
  "type",
  "symmetric",
  "group_size",
  "strategy",
  "block_structure",
  "dynamic",
  "actorder",
  "observer",
  "observer_kwargs",
]);

/** Fields of later versions, unknown to 0.11 and 0.12. */
const LATER: ReadonlySet<string> = new Set(["scale_dtype", "zp_dtype"]);

function unknownKeys(scheme: JsonObject): Finding[] {
  const foreign = [...scheme.keys()].filter((key) => !ACCEPTED.has(key));
  const later = foreign.filter((key) => LATER.has(key));
  const unknown = foreign.filter((key) => !LATER.has(key));
  return [
    ...unknown.map((key) =>
      remark(
        "kv-scheme-key-unknown",
        "error",
        `\`${KV_SCHEME}\` has the key ${quoted(key)}, which compressed-tensors refuses since 0.11, and transformers with it`,
      ),
    ),
    ...(later.length === 0 ? [] : [laterKeys(later)]),
  ];
}

function laterKeys(keys: readonly string[]): Finding {
  return remark(
    "kv-scheme-key-later",
    "info",
    `\`${KV_SCHEME}\` has ${keys.map((key) => `\`${key}\``).join(" and ")}, which compressed-tensors 0.11 and 0.12 refuse`,
    "Nothing to do, unless a reader with one of these versions is to load the checkpoint.",
  );
}
