import { removeMember, setMember } from "../document/edit.js";
import type { Json } from "../document/json.js";
import type { Declaration } from "./declaration.js";
import { type Dialect, declaration, keyIs, remark } from "./dialect.js";
import { type ConfigDocuments, word } from "./documents.js";
import { needConfig } from "./refusals.js";

/** `kv_cache_torch_dtype` at the top of config.json: TGI of PR #2028 refuses a `kv_scale` without it. */
export const torchDtype: Dialect = {
  id: "kv_cache_torch_dtype",
  about: "`kv_cache_torch_dtype` at the top of config.json; read by TGI of PR #2028",
  read: (documents) => readKey(documents, KEY, readTorchDtype),
  writing: {
    formats: ["float8_e4m3fn", "float8_e4m3fnuz"],
    // The key says nothing about granularity, so it fits both.
    strategies: ["tensor", "attn_head"],
    declare: (documents, { format }) => ({
      ...documents,
      config: setMember(needConfig(documents), [KEY], format),
    }),
  },
  undeclare: (documents) => withoutKey(documents, KEY),
};

/** `kv_cache_dtype`, which a script of the same pull request writes by mistake: it is only read. */
export const cacheDtype: Dialect = {
  id: "kv_cache_dtype",
  about: "`kv_cache_dtype` at the top of config.json; written by mistake, read by no engine",
  read: (documents) => readKey(documents, MISTAKEN, readCacheDtype),
  undeclare: (documents) => withoutKey(documents, MISTAKEN),
};

const KEY = "kv_cache_torch_dtype";
const MISTAKEN = "kv_cache_dtype";

const TORCH_WORDS: ReadonlyMap<string, Declaration["cache"]> = new Map([
  ["float8_e4m3fn", "float8_e4m3fn"],
  ["float8_e4m3fnuz", "float8_e4m3fnuz"],
]);

/** Launch options of engines, which people copy into the config. */
const LAUNCH_WORDS: ReadonlyMap<string, Declaration["cache"]> = new Map([
  ...TORCH_WORDS,
  ["fp8", "float8_e4m3fn"],
  ["fp8_e4m3", "float8_e4m3fn"],
  ["fp8_e4m3fn", "float8_e4m3fn"],
  ["auto", "none"],
]);

function readKey(
  { config }: ConfigDocuments,
  key: string,
  read: (file: string, value: Json) => Declaration,
): readonly Declaration[] {
  const value = config?.value.get(key);
  return config === undefined || value === undefined || value === null ? [] : [read(config.file, value)];
}

/** Exactly the two words count, as in TGI's loader (PR #2028 @0a5b19a3). */
function readTorchDtype(file: string, value: Json): Declaration {
  const cache = typeof value === "string" ? TORCH_WORDS.get(value) : undefined;
  const unknown = remark(
    "kv-cache-torch-dtype-unknown",
    "error",
    `${keyIs(KEY, value)}; TGI of PR #2028 takes "float8_e4m3fn" or "float8_e4m3fnuz"`,
  );
  return declaration({
    dialect: "kv_cache_torch_dtype",
    file,
    keys: [KEY],
    cache: cache ?? "unknown",
    findings: [cache === undefined ? unknown : undefined],
  });
}

function readCacheDtype(file: string, value: Json): Declaration {
  const unread = remark(
    "kv-cache-dtype-unread",
    "warning",
    `${keyIs(MISTAKEN, value)}; no engine reads this key`,
    `Rename it to \`${KEY}\`, which TGI of PR #2028 reads.`,
  );
  const cache = LAUNCH_WORDS.get(word(value)) ?? "unknown";
  return declaration({ dialect: "kv_cache_dtype", file, keys: [MISTAKEN], cache, findings: [unread] });
}

function withoutKey(documents: ConfigDocuments, key: string): ConfigDocuments {
  const { config } = documents;
  if (config === undefined || (config.value.get(key) ?? null) === null) return documents;
  return { ...documents, config: removeMember(config, [key]) };
}
