import { dataRefusal } from "../errors.js";
import type { Inventory, TextFile } from "../inventory/inventory.js";
import { planIndex } from "./index-file.js";
import type { Naming } from "./names.js";
import type { Step } from "./plan.js";
import { type PlannedShard, planShards, planSingleFile, type ShardEdit } from "./shards.js";

/** A text file with its new content; undefined for a file that leaves. */
export interface NewText {
  readonly path: string;
  readonly text: string | undefined;
  readonly why: string;
}

/** Everything that changes in a checkpoint; what is not named here is kept byte for byte. */
export interface Rewrite {
  readonly remove: ShardEdit["remove"];
  readonly add: ShardEdit["add"];
  readonly naming: Naming;
  readonly texts: readonly NewText[];
  /** Put all tensors into one file, without an index. */
  readonly singleFile: boolean;
}

/** The steps that turn a checkpoint into its changed copy, ordered by output path. */
export function planRewrite(source: Inventory, rewrite: Rewrite): Step[] {
  const edit = { remove: rewrite.remove, add: rewrite.add, rename: rewrite.naming.rename };
  const indexed = source.shards.filter((shard) => shard.indexed);
  const stray = source.shards.filter((shard) => !shard.indexed);
  const shards = rewrite.singleFile
    ? [planSingleFile(indexed, edit, rewrite.naming.single)]
    : planShards(indexed, edit);
  const others = planShards(stray, { ...edit, add: new Map() });
  const beside = staying(others);
  refuseSamePath(shards, beside);
  const steps = [
    ...shards.map((shard) => shard.step),
    ...others.map((shard) => shard.step),
    ...indexSteps(source, rewrite, shards, beside.length > 0),
    ...rewrite.texts.map((text) => textStep(source, text)),
  ];
  return [...steps, ...kept(source, steps)].sort((a, b) => compareText(outputOf(a), outputOf(b)));
}

function staying(planned: readonly PlannedShard[]): readonly PlannedShard[] {
  return planned.filter(({ step }) => step.step !== "delete");
}

/** A file that the index does not name may hold the name that a shard is to get. */
function refuseSamePath(shards: readonly PlannedShard[], beside: readonly PlannedShard[]): void {
  const taken = new Set(staying(shards).map(({ path }) => path));
  const clash = beside.find(({ path }) => taken.has(path));
  if (clash === undefined) return;
  throw dataRefusal("name-taken", {
    file: clash.path,
    expected: "a free name for the tensors that the index names",
    found: "a file of that name that the index does not name",
    remedy: "Remove that file if nothing needs it, or rename it.",
  });
}

/**
 * One shard under its plain name needs no index; more than one always has one. So does one that lies beside
 * other tensor files: without an index, engines would load those too.
 */
function indexSteps(
  source: Inventory,
  { naming }: Rewrite,
  planned: readonly PlannedShard[],
  besideOthers: boolean,
): Step[] {
  const shards = staying(planned);
  const alone = shards.length === 1 && !besideOthers;
  const plain = alone && /^(model|consolidated)\.safetensors$/.test(shards[0]!.path);
  if (plain && source.index === undefined) return [];
  if (plain && source.index !== undefined) {
    return [{ step: "delete", path: source.index.path, why: "one file needs no index" }];
  }
  return [planIndex(source.index, naming.index, shards)];
}

function textStep(source: Inventory, { path, text, why }: NewText): Step {
  if (text === undefined) return { step: "delete", path, why };
  const bytes = new TextEncoder().encode(text);
  if (knownText(source, path) === text) return { step: "keep", path, as: path, size: bytes.length };
  return { step: "write", path, bytes, why };
}

function knownText({ config, quantConfig }: Inventory, path: string): string | undefined {
  return [config, quantConfig].find((file): file is TextFile => file?.path === path)?.text;
}

/** Everything that no step speaks of comes along: tokenizer, generation config, remote code, subfolders. */
function kept(source: Inventory, steps: readonly Step[]): Step[] {
  const spoken = new Set(steps.map((step) => step.path));
  const read = new Set(source.shards.map((shard) => shard.path));
  return source.files
    .filter(({ path }) => !spoken.has(path) && !read.has(path))
    .map(({ path, size }) => ({ step: "keep", path, as: path, size }));
}

function outputOf(step: Step): string {
  return step.step === "keep" ? step.as : step.path;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
