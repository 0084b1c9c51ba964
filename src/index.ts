/** The library: the same functions that the commands call, and the values they work on. */
export type { AttentionLoss } from "./attention/loss.js";
export type { CacheType } from "./attention/problem.js";
export type { RangeUse } from "./attention/range.js";
export type { Distribution } from "./attention/synthesize.js";
export type { KernelCheck } from "./attention/tolerance.js";
export type { Level, Thresholds } from "./attention/verdict.js";
export type { BackendChoice, BackendDescription, BackendName } from "./backend/backend.js";
export type { Candidate, Candidates } from "./calibration/candidates.js";
export type { Granularity } from "./calibration/choose.js";
export type { Part } from "./calibration/statistics.js";
export type { HubTarget, PushedFile, PushFacts, RequestFacts, Way } from "./checkpoint/hub/push-target.js";
export { directorySource, type LocalOptions } from "./checkpoint/local.js";
export { memorySource } from "./checkpoint/memory.js";
export type { FileOptions } from "./checkpoint/output-file.js";
export { readInventory } from "./checkpoint/read-inventory.js";
export type { CheckpointSink } from "./checkpoint/sink.js";
export type {
  ByteRange,
  CheckpointSource,
  Network,
  RemoteFile,
  RemotePlace,
  SourceFile,
} from "./checkpoint/source.js";
export type { Declaration, DialectId, WeightQuantization } from "./config/declaration.js";
export type { Geometry } from "./config/geometry.js";
export type { Certainty, Emission, Engine, EngineId, FileRule, Limit } from "./engines/engine.js";
export { ENGINES, engineOf } from "./engines/engines.js";
export { type ReadinessOptions, readiness } from "./engines/readiness.js";
export type { Effective, Platform, Readiness, Unread, Verdict } from "./engines/verdict.js";
export { EXIT, type ExitName, isRefusal, Refusal, type RefusalParts, type Subject } from "./errors.js";
export { type Event, fold, type Io, noProgress, type Progress } from "./events.js";
export type { Finding, Severity } from "./finding.js";
export type { Evidence, Inventory, Shard, SidecarFile, TextFile } from "./inventory/inventory.js";
export type { Outlier, StreamSummary } from "./model/advice.js";
export type { Precision } from "./model/ops.js";
export type { StreamFigures } from "./model/perplexity.js";
export type { ModelThresholds } from "./model/verdict.js";
export type { Fp8Format } from "./numeric/fp8.js";
export type { HalfFormat } from "./numeric/half-arrays.js";
export type { Deviation } from "./numeric/metrics.js";
export type { Writer } from "./numeric/quantise.js";
export {
  type CalibratedLayer,
  type CalibrateInput,
  type CalibrateReport,
  calibrate,
} from "./operations/calibrate.js";
export type { CalibrateChoices, Method } from "./operations/calibrate-input.js";
export type { ScaleFileWritten } from "./operations/calibrate-output.js";
export { type ConvertInput, convert } from "./operations/convert.js";
export { type Deps, depsFor, type LinkMode, localDeps, type Reach, type Target } from "./operations/deps.js";
export { type ExtractInput, type ExtractReport, extract } from "./operations/extract.js";
export {
  type CheckpointFacts,
  type InspectInput,
  type InspectReport,
  inspect,
} from "./operations/inspect.js";
export { type MergeInput, merge } from "./operations/merge.js";
export type { NetworkFacts } from "./operations/network.js";
export {
  type FilePrint,
  hashOfScales,
  type InputPrint,
  type Making,
  type Provenance,
  provenanceOf,
} from "./operations/provenance.js";
export type { CardFacts, ModelCard, Pushing } from "./operations/publish.js";
export { type PushInput, type PushReport, push } from "./operations/push.js";
export type { ExtractForm } from "./operations/scale-file.js";
export type { ScaleRow } from "./operations/scale-rows.js";
export type { StepFacts } from "./operations/step-facts.js";
export { type StripInput, strip } from "./operations/strip.js";
export {
  type Choices,
  type VerifiedLayer,
  type VerifyInput,
  type VerifyReport,
  verify,
} from "./operations/verify.js";
export type { DataChoice, ModelChoices } from "./operations/verify-input.js";
export type { ModelReport } from "./operations/verify-model.js";
export type { WriteReport, Writing } from "./operations/write.js";
export type { Piece, Plan, Step } from "./plan/plan.js";
export { type ReportForm, renderInspect, renderVerify } from "./report/rendered.js";
export type { Comparison, StreamChoices } from "./runner/candidates.js";
export type { LayerObservation, RoleAtLayer, StreamAtLayer } from "./runner/forward/observation.js";
export type { LayerFigures } from "./runner/judge-layer.js";
export type { Rename } from "./scales/mapping.js";
export type { Scale, Stored } from "./scales/scale.js";
export type { SidecarFacts } from "./scales/sidecars/sidecar.js";
export type { Role, Site, SiteKind } from "./scales/site.js";
export type { Reading, Spelling, UnwrittenSpelling, Written, WrittenSpelling } from "./scales/spelling.js";
export { SPELLINGS } from "./scales/spellings.js";
export type { CacheFormat, Entry, Found, Loss, ScaleTable } from "./scales/table.js";
export type { Dtype } from "./tensors/dtype.js";
export { type Header, headerLength, parseHeader, type TensorInfo } from "./tensors/header.js";
export { type Layout, layout, serialize, type TensorData, type TensorSpec } from "./tensors/layout.js";
export { parseIndex, type ShardIndex } from "./tensors/shards.js";
export type { Dimension } from "./tensors/tensor-info.js";
