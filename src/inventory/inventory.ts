import type { Declaration, WeightQuantization } from "../config/declaration.js";
import type { Geometry } from "../config/geometry.js";
import type { Finding } from "../finding.js";
import type { Role, Site } from "../scales/site.js";
import type { ScaleTable } from "../scales/table.js";
import type { Header } from "../tensors/header.js";

/** A safetensors file of a checkpoint. */
export interface Shard {
  readonly path: string;
  readonly size: number;
  readonly header: Header;
  /** Named by the index; true for every shard of a checkpoint without an index. */
  readonly indexed: boolean;
}

/** A tensor (or sidecar number) that looks like a KV scale or its companion, and what it was taken for. */
export interface Evidence {
  readonly file: string;
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** False when the index does not name this file, so that index-reading engines never see it. */
  readonly indexed: boolean;
  readonly reading:
    | { readonly as: "scale"; readonly spelling: string; readonly site: Site; readonly role: Role }
    /** Zero points and affine biases that belong to scales. */
    | {
        readonly as: "companion";
        readonly spelling: string;
        readonly site: Site;
        readonly role: Role;
        readonly what: "zero-point" | "bias";
      }
    /** A known spelling that must not be used as an FP8 scale, with the reason. */
    | { readonly as: "refused"; readonly spelling: string; readonly why: string }
    /** Ends like a scale under an attention module, but fits no row. */
    | { readonly as: "unrecognised" };
}

/**
 * Everything a checkpoint holds that matters here, as one value: read once from headers, configs and a
 * few bytes, then only reasoned about. `plan`, `engines` and the findings are functions of it.
 */
export interface Inventory {
  /** How the user named the checkpoint. */
  readonly label: string;
  /** Every file, sorted by path. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly shards: readonly Shard[];
  /** `model.safetensors.index.json`, where there is one. */
  readonly index?: { readonly path: string; readonly text: string };
  /** `config.json` and `hf_quant_config.json` as text, where they exist. */
  readonly config?: { readonly path: string; readonly text: string };
  readonly quantConfig?: { readonly path: string; readonly text: string };
  readonly geometry: Geometry;
  readonly weights: WeightQuantization;
  readonly declarations: readonly Declaration[];
  /** Attention modules that the weights' names show, whether or not they have scales. */
  readonly sites: readonly Site[];
  readonly evidence: readonly Evidence[];
  readonly table: ScaleTable;
  readonly findings: readonly Finding[];
}
