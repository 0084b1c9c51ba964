import { removeMember, setMember } from "../document/edit.js";
import { isObject, type Json } from "../document/json.js";
import type { Finding } from "../finding.js";
import type { Declaration } from "./declaration.js";
import { type Dialect, declaration, keyIs, remark } from "./dialect.js";
import { type ConfigDocuments, type InlineQuantization, inlineQuantization, word } from "./documents.js";
import { methodRefusal, needConfig } from "./refusals.js";
import { cacheOfScheme, isDynamic, KV_SCHEME } from "./scheme.js";

/** `"kv_cache_scheme": "static"` in a `quantization_config` of method fp8, as AutoFP8 and AngelSlim write it. */
export const autofp8: Dialect = {
  id: "autofp8",
  about:
    'the word "static" at `quantization_config.kv_cache_scheme` of method fp8; the engines want a launch flag',
  read(documents) {
    const inline = own(documents);
    const scheme = inline?.value.get(KV_SCHEME) ?? null;
    return inline === undefined || scheme === null ? [] : [readScheme(inline, scheme)];
  },
  writing: { formats: ["float8_e4m3fn"], strategies: ["tensor"], declare },
  undeclare(documents) {
    const inline = own(documents);
    if (inline === undefined || (inline.value.get(KV_SCHEME) ?? null) === null) return documents;
    return { ...documents, config: removeMember(needConfig(documents), [...inline.path, KV_SCHEME]) };
  },
};

function own(documents: ConfigDocuments): InlineQuantization | undefined {
  const inline = inlineQuantization(documents);
  return inline?.method === "fp8" ? inline : undefined;
}

function declare(documents: ConfigDocuments): ConfigDocuments {
  const inline = own(documents);
  // On 16-bit weights the method fp8 would make engines look for FP8 weights that are not there.
  if (inline === undefined)
    throw methodRefusal("FP8 weights with quant_method fp8", inlineQuantization(documents));
  return { ...documents, config: setMember(needConfig(documents), [...inline.path, KV_SCHEME], "static") };
}

/** AutoFP8 quantize.py L331-339 @505a7ed writes its activation scheme's word. */
const WORDS: ReadonlyMap<string, Pick<Declaration, "cache" | "dynamic">> = new Map([
  ["static", { cache: "float8_e4m3fn", dynamic: false }],
  ["dynamic", { cache: "float8_e4m3fn", dynamic: true }],
]);

const UNKNOWN: Pick<Declaration, "cache" | "dynamic"> = { cache: "unknown", dynamic: false };

function readScheme({ file, path, value }: InlineQuantization, scheme: Json): Declaration {
  const { cache, dynamic } = isObject(scheme)
    ? { cache: cacheOfScheme(scheme), dynamic: isDynamic(scheme) }
    : (WORDS.get(word(scheme)) ?? UNKNOWN);
  return declaration({
    dialect: "autofp8",
    file,
    keys: [...path, KV_SCHEME],
    cache,
    dynamic,
    findings: [
      unread(scheme),
      cache === "unknown" ? unknownScheme(scheme) : undefined,
      activationFinding(value.get("activation_scheme")),
    ],
  });
}

function unread(scheme: Json): Finding {
  return remark(
    "kv-scheme-unread",
    "info",
    `${keyIs(KV_SCHEME, scheme)} under quant_method fp8, where no engine reads it: scales are loaded, but the cache stays 16-bit`,
    "Switch the FP8 cache on when serving, as with `--kv-cache-dtype fp8` of vLLM.",
  );
}

function unknownScheme(scheme: Json): Finding {
  return remark(
    "kv-scheme-word-unknown",
    "warning",
    `${keyIs(KV_SCHEME, scheme)}, which AutoFP8 does not write`,
  );
}

/** vLLM refuses other words (fp8.py L98-152 @017e9f4). */
function activationFinding(scheme: Json | undefined): Finding | undefined {
  if (scheme === "static" || scheme === "dynamic") return undefined;
  return remark(
    "activation-scheme-unknown",
    "error",
    `${keyIs("activation_scheme", scheme)}; vLLM takes "static" or "dynamic" and refuses the checkpoint`,
    "Correct the key: it says how the quantizer scaled activations.",
  );
}
