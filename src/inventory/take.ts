import type { Declaration } from "../config/declaration.js";
import { declarationsOf } from "../config/dialects.js";
import type { ConfigDocuments } from "../config/documents.js";
import { geometryOf } from "../config/geometry.js";
import { weightQuantizationOf } from "../config/weights.js";
import { parseDocument } from "../document/document.js";
import { scaleOf } from "../scales/scale.js";
import { type CacheFormat, type Entry, type ScaleTable, tableOf } from "../scales/table.js";
import { findingsOf } from "./findings.js";
import type { Inventory, Shard, TextFile } from "./inventory.js";
import { placeSidecar } from "./sidecar-file.js";
import type { Candidate, Survey } from "./survey.js";

/** What was read of a checkpoint: names and sizes, headers, small texts, and the bytes of its scales. */
export interface Parts {
  readonly label: string;
  readonly files: Inventory["files"];
  readonly shards: readonly Shard[];
  readonly texts: Pick<Inventory, "index" | "config" | "quantConfig">;
  readonly sidecars: readonly TextFile[];
  readonly survey: Survey;
  /** The bytes of each candidate of the survey, in its order. */
  readonly bytes: readonly Uint8Array[];
}

/**
 * Makes one value of what was read. Throws a data Refusal for configs that are no JSON, for sidecars of no
 * known form, and for scales in a type or shape that no producer writes.
 */
export function takeInventory(parts: Parts): Inventory {
  const documents = documentsOf(parts.texts);
  const declarations = declarationsOf(documents);
  const { sites, candidates } = parts.survey;
  const sidecars = parts.sidecars.map((file) => placeSidecar(file, sites));
  const tensors = tensorTable(parts, formatOf(declarations, parts.shards));
  const facts = {
    ...parts.texts,
    label: parts.label,
    files: parts.files,
    shards: parts.shards,
    geometry: documents.config === undefined ? { architectures: [] } : geometryOf(documents.config),
    weights: weightQuantizationOf(documents),
    declarations,
    sites,
    evidence: candidates.map(({ evidence }) => evidence),
    sidecars,
    table: tensors.entries.length === 0 ? (sidecars[0]?.table ?? tensors) : tensors,
  };
  return { ...facts, findings: findingsOf(facts) };
}

/** The config files of a checkpoint as documents to read and edit. */
export function documentsOf({
  config,
  quantConfig,
}: Pick<Inventory, "config" | "quantConfig">): ConfigDocuments {
  return {
    ...(config && { config: parseDocument(config.text, config.path) }),
    ...(quantConfig && { quantConfig: parseDocument(quantConfig.text, quantConfig.path) }),
  };
}

/** Key under which a file of nothing but scales says which FP8 format they are for. */
export const FORMAT_KEY = "kv_cache_torch_dtype";

function formatOf(declarations: readonly Declaration[], shards: readonly Shard[]): CacheFormat {
  const declared = declarations.find(({ dialect }) => dialect === FORMAT_KEY)?.cache;
  const noted = shards.map(({ header }) => header.metadata.get(FORMAT_KEY));
  return [declared, ...noted].includes("float8_e4m3fnuz") ? "float8_e4m3fnuz" : "float8_e4m3fn";
}

/** Scales of shards that the index does not name are evidence, not part of the table: no engine loads them. */
function tensorTable({ survey, bytes }: Parts, format: CacheFormat): ScaleTable {
  return tableOf(
    format,
    survey.candidates.flatMap((candidate, at) => entryOf(candidate, bytes[at]!)),
  );
}

function entryOf({ evidence, tensor }: Candidate, bytes: Uint8Array): Entry[] {
  const { file, name, shape, indexed, reading } = evidence;
  if (reading.as !== "scale" || !indexed) return [];
  const where = { file, tensor: name, range: [tensor.begin, tensor.end] } as const;
  const scale = scaleOf({ dtype: tensor.dtype, shape, bytes }, where);
  return [
    { site: reading.site, role: reading.role, scale, found: { spelling: reading.spelling, file, name } },
  ];
}
