import type { JsonObject } from "../document/json.js";
import type { Finding } from "../finding.js";
import type { Declaration } from "./declaration.js";
import { keyIs, remark } from "./dialect.js";

/** The key that three dialects share, with three kinds of values. */
export const KV_SCHEME = "kv_cache_scheme";

/** The cache that a scheme object speaks of; engines refuse or ignore everything but 8-bit float. */
export function cacheOfScheme(scheme: JsonObject): Declaration["cache"] {
  return CACHES.get(`${scheme.get("num_bits")}-bit ${scheme.get("type")}`) ?? "unknown";
}

/** True where the scheme has scales computed while serving: `dynamic` is true or "local". */
export function isDynamic(scheme: JsonObject): boolean {
  const dynamic = scheme.get("dynamic") ?? false;
  return dynamic !== false;
}

/** What is to be said about a scheme whose stored scales are not used. */
export function dynamicFinding(scheme: JsonObject): Finding | undefined {
  if (!isDynamic(scheme)) return undefined;
  return remark(
    "kv-scheme-dynamic",
    "warning",
    `${keyIs("dynamic", scheme.get("dynamic"))}: engines that follow it compute scales while serving and do not use stored ones`,
    "Set `dynamic` to false if the checkpoint's scales are to be used.",
  );
}

const CACHES: ReadonlyMap<string, Declaration["cache"]> = new Map([
  ["8-bit float", "float8_e4m3fn"],
  ["8-bit int", "int8"],
  ["4-bit float", "nvfp4"],
]);
