import type { Document } from "../../document/document.js";
import type { Scale } from "../scale.js";
import type { Role } from "../site.js";
import type { CacheFormat, Loss, ScaleTable } from "../table.js";

/** One number, or one per head, of a sidecar: sidecars know layers, not modules. */
export interface SidecarEntry {
  readonly layer: number;
  readonly role: Role;
  readonly scale: Scale;
  /** JSON path of the number, such as `kv_cache.scaling_factor.0.7`. */
  readonly name: string;
}

/** What a sidecar says about its model besides scales; absent where its form has no place for it. */
export interface SidecarFacts {
  readonly layers: number;
  readonly kvHeads?: number;
  readonly modelType?: string;
  readonly architecture?: string;
  /** Tensor-parallel ranks that the file was written for. */
  readonly ranks?: number;
}

/** A sidecar file as values. `losses` say what joining its ranks could not keep. */
export interface Sidecar {
  /** Id of its row in the table of sidecars. */
  readonly spelling: string;
  readonly file: string;
  readonly format: CacheFormat;
  readonly entries: readonly SidecarEntry[];
  readonly facts: SidecarFacts;
  readonly losses: readonly Loss[];
}

/** What a printed sidecar must say about the model it is for. */
export interface Target {
  /** `num_hidden_layers`: a sidecar has a scale for each, so hybrids have none. */
  readonly layers: number;
  /** `model_type` of config.json. */
  readonly modelType?: string;
  /** `architectures[0]` of config.json. */
  readonly architecture?: string;
  readonly kvHeads?: number;
  /** Tensor-parallel size the engine will run with; 1 where not given. */
  readonly ranks?: number;
  /** Whether scales per head are wanted where the form knows both; by default as the table has them. */
  readonly perHead?: boolean;
}

/** A sidecar's text and what it could not keep. */
export interface PrintedSidecar {
  readonly text: string;
  readonly losses: readonly Loss[];
}

/** One row of the table of sidecars: a file form that carries scales outside the weights. */
export interface SidecarForm {
  readonly id: string;
  /** Ids of the table in docs/spellings.md that it covers. */
  readonly rows: readonly string[];
  readonly title: string;
  /** File name that its readers look for, or that writers commonly give it. */
  readonly fileName: string;
  readonly source: string;
  /** True when the document is of this form, well-formed or not. */
  claims(document: Document): boolean;
  /** Throws a data Refusal for each broken rule, naming the file and the key. */
  parse(document: Document): Sidecar;
  /** Throws a data Refusal when the form cannot say the table, a usage Refusal when the target says too little. */
  print(table: ScaleTable, target: Target): PrintedSidecar;
}
