/** What was loaded for one layer, as single numbers; absent stands for the sentinel -1 of "not loaded". */
export interface Loaded {
  readonly k?: number;
  readonly v?: number;
}

/** What the layer then runs with, or why the engine stops. */
export type Settled =
  | {
      readonly state: "stored" | "altered" | "unit";
      readonly k: number;
      readonly v: number;
      readonly note?: string;
    }
  | { readonly stops: string };

/** Editions of the rule: SGLang's main has taken zeros for "not loaded" since September 2026. */
export type Edition = "negative-is-absent" | "zero-is-absent";

/**
 * The rule by which vLLM (fp8, modelopt, quark) and SGLang settle the two scales of a layer after loading.
 * `single` says that a kv_scale filled k. Sources: vLLM quantization/kv_cache.py @017e9f4; SGLang
 * quantization/kv_cache.py @6ed5780, and https://github.com/sgl-project/sglang/issues/39942 for zeros.
 */
export function settleBySentinel(loaded: Loaded, single: boolean, edition: Edition): Settled {
  const k = loaded.k ?? ABSENT;
  const v = loaded.v ?? ABSENT;
  if (k > 0 && v > 0) return { state: "stored", k, v };
  if (isAbsent(k, edition) && isAbsent(v, edition)) return unit(loaded);
  if (!(k > 0)) return { stops: stopReason(loaded) };
  // Python's max(k, v) keeps k unless v is greater, so that a NaN in v is passed over.
  const both = Number.isNaN(v) ? k : Math.max(k, v);
  if (single && loaded.v === undefined) return { state: "stored", k: both, v: both };
  return {
    state: "altered",
    k: both,
    v: both,
    note: `v_scale is ${told(loaded.v)}, so k_scale is used for both`,
  };
}

const ABSENT = -1;

function isAbsent(value: number, edition: Edition): boolean {
  return edition === "zero-is-absent" ? value <= 0 : value < 0;
}

function unit({ k, v }: Loaded): Settled {
  if (k === undefined && v === undefined) return { state: "unit", k: 1, v: 1 };
  return {
    state: "unit",
    k: 1,
    v: 1,
    note: `k_scale is ${told(k)} and v_scale is ${told(v)}, which count as absent`,
  };
}

function stopReason({ k, v }: Loaded): string {
  return `k_scale is ${told(k)} and v_scale is ${told(v)}, and the loader asserts that k_scale is positive`;
}

function told(value: number | undefined): string {
  return value === undefined ? "missing" : String(value);
}
