import type { Declaration, WeightQuantization } from "../config/declaration.js";
import type { Geometry } from "../config/geometry.js";
import type { Finding } from "../finding.js";
import type { SidecarFacts } from "../scales/sidecars/sidecar.js";
import type { Site } from "../scales/site.js";
import type { Reading } from "../scales/spelling.js";
import type { Loss, ScaleTable } from "../scales/table.js";
import type { Header } from "../tensors/header.js";

/** A safetensors file of a checkpoint. */
export interface Shard {
  readonly path: string;
  readonly size: number;
  readonly header: Header;
  /** Named by the index; true for every shard of a checkpoint without an index. */
  readonly indexed: boolean;
}

/** A tensor that looks like a KV scale or its companion, and what it was taken for. */
export interface Evidence {
  readonly file: string;
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** False when the index does not name this file, so that index-reading engines never see it. */
  readonly indexed: boolean;
  readonly reading: Reading;
}

/** A small text file of a checkpoint, as found. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** A JSON file of scales beside, or instead of, tensors. */
export interface SidecarFile {
  readonly file: string;
  /** Id of a row of the sidecar table. */
  readonly form: string;
  readonly table: ScaleTable;
  readonly facts: SidecarFacts;
  readonly losses: readonly Loss[];
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
  /** The shard index, such as `model.safetensors.index.json`. */
  readonly index?: TextFile;
  readonly config?: TextFile;
  /** `hf_quant_config.json` of ModelOpt. */
  readonly quantConfig?: TextFile;
  readonly geometry: Geometry;
  readonly weights: WeightQuantization;
  readonly declarations: readonly Declaration[];
  /** Attention modules that the weights' names show, whether or not they have scales. */
  readonly sites: readonly Site[];
  readonly evidence: readonly Evidence[];
  readonly sidecars: readonly SidecarFile[];
  /** From the tensors where there are any, else from a sidecar. */
  readonly table: ScaleTable;
  readonly findings: readonly Finding[];
}

/** An inventory before it is judged: what findings are made from. */
export type Facts = Omit<Inventory, "findings">;
