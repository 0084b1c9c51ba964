import type { Scale } from "./scale.js";
import type { Role, Site } from "./site.js";

/** The 8-bit float a scale was calibrated for; the words of `kv_cache_torch_dtype`. */
export type CacheFormat = "float8_e4m3fn" | "float8_e4m3fnuz" | "float8_e5m2";

/** Where one scale was found. `spelling` is the id of a row of the spelling or the sidecar table. */
export interface Found {
  readonly spelling: string;
  readonly file: string;
  /** Tensor name; for a sidecar, the JSON path of the number. */
  readonly name: string;
}

/** One scale of one site: a cell of the table. */
export interface Entry {
  readonly site: Site;
  readonly role: Role;
  readonly scale: Scale;
  readonly found?: Found;
}

/**
 * The value in the middle: sites × roles → scale, ordered by (kind, layer, path, role).
 * A missing scale is absent, never 1.0.
 */
export interface ScaleTable {
  readonly format: CacheFormat;
  readonly entries: readonly Entry[];
}

/**
 * One thing a conversion could not keep. `code` is stable; `detail` names sites and numbers.
 * The closed list of codes is the README's table of losses.
 */
export interface Loss {
  readonly code:
    | "fused-by-max"
    | "heads-reduced-by-max"
    | "role-dropped"
    | "rounded"
    | "zero-points-dropped"
    | "sites-dropped"
    | "ranks-merged-by-max"
    | "format-rescaled";
  readonly detail: string;
  readonly site?: string;
}
