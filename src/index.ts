/** The library: the same functions that the commands call, and the values they work on. */
export { directorySource } from "./checkpoint/local.js";
export { memorySource } from "./checkpoint/memory.js";
export { readInventory } from "./checkpoint/read-inventory.js";
export type { CheckpointSink } from "./checkpoint/sink.js";
export type { ByteRange, CheckpointSource, SourceFile } from "./checkpoint/source.js";
export type { Engine, EngineId } from "./engines/engine.js";
export { ENGINES, engineOf } from "./engines/engines.js";
export { readiness } from "./engines/readiness.js";
export type { Effective, Platform, Readiness, Verdict } from "./engines/verdict.js";
export { EXIT, isRefusal, Refusal } from "./errors.js";
export { type Event, fold, type Io, noProgress, type Progress } from "./events.js";
export type { Finding, Severity } from "./finding.js";
export type { Evidence, Inventory, Shard } from "./inventory/inventory.js";
export { type ConvertInput, convert } from "./operations/convert.js";
export { type Deps, type LinkMode, localDeps, type Target } from "./operations/deps.js";
export { type ExtractInput, type ExtractReport, extract } from "./operations/extract.js";
export { type InspectInput, type InspectReport, inspect } from "./operations/inspect.js";
export { type MergeInput, merge } from "./operations/merge.js";
export type { ScaleRow } from "./operations/scale-rows.js";
export { type StripInput, strip } from "./operations/strip.js";
export {
  type Choices,
  type VerifiedLayer,
  type VerifyInput,
  type VerifyReport,
  verify,
} from "./operations/verify.js";
export type { WriteReport, Writing } from "./operations/write.js";
export type { Scale, Stored } from "./scales/scale.js";
export type { Role, Site, SiteKind } from "./scales/site.js";
export { SPELLINGS } from "./scales/spellings.js";
export type { CacheFormat, Entry, Loss, ScaleTable } from "./scales/table.js";
export { type Header, headerLength, parseHeader, type TensorInfo } from "./tensors/header.js";
export { layout, serialize, type TensorSpec } from "./tensors/layout.js";
export { parseIndex, type ShardIndex } from "./tensors/shards.js";
