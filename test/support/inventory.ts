import type { Declaration, DialectId } from "../../src/config/declaration.js";
import type { Geometry } from "../../src/config/geometry.js";
import type { Evidence, Inventory, Shard } from "../../src/inventory/inventory.js";
import { knownSites, recognise } from "../../src/scales/recognise.js";
import { scaleOf } from "../../src/scales/scale.js";
import { type Site, shownSite } from "../../src/scales/site.js";
import { type CacheFormat, type Entry, tableOf } from "../../src/scales/table.js";
import type { TensorInfo } from "../../src/tensors/header.js";

/** A scale tensor of an inventory to be made; its reading is what its name says. */
export interface TensorDraft {
  readonly name: string;
  /** One number, unless said otherwise; the shape is [] for one number, else [n]. */
  readonly values?: readonly number[];
  readonly shape?: readonly number[];
  /** The shard that holds it; the first where absent. */
  readonly file?: string;
}

/** What is to be said of an inventory; everything has a default: a BF16 Llama of two layers without scales. */
export interface InventoryDraft {
  readonly label?: string;
  readonly layers?: number;
  /** Path of the attention module of a layer. */
  readonly path?: (layer: number) => string;
  /** Projections that every attention module has; `kv_b_proj` makes it latent attention. */
  readonly projections?: readonly string[];
  readonly geometry?: Partial<Geometry>;
  readonly method?: Inventory["weights"]["method"];
  readonly word?: string;
  readonly kvOnly?: boolean;
  /** `quantization_config` of config.json. */
  readonly block?: object;
  /** hf_quant_config.json. */
  readonly quantConfig?: object;
  readonly declarations?: readonly Declaration[];
  readonly tensors?: readonly TensorDraft[];
  /** Shards, the first with the weights; those in `unindexed` are left out of the index. */
  readonly files?: readonly string[];
  readonly unindexed?: readonly string[];
  /** An index is there; by default where there is more than one shard. */
  readonly index?: boolean;
  readonly format?: CacheFormat;
  readonly sidecars?: Inventory["sidecars"];
}

/** An inventory as reading a checkpoint of that description would give it. */
export function inventoryOf(draft: InventoryDraft = {}): Inventory {
  const { layers = 2, path = llamaPath, files = ["model.safetensors"], tensors = [] } = draft;
  const sites = Array.from({ length: layers }, (_, layer) => shownSite(path(layer))!);
  const shards = files.map((file) => shardOf(file, draft, sites));
  const evidence = tensors.map((tensor) => evidenceOf(tensor, draft, sites));
  const index = draft.index ?? files.length > 1;
  return {
    label: draft.label ?? "my-model",
    files: shards.map((shard) => ({ path: shard.path, size: shard.size })),
    shards,
    ...(index ? { index: { path: "model.safetensors.index.json", text: "{}" } } : {}),
    ...(draft.block === undefined
      ? {}
      : { config: text("config.json", { quantization_config: draft.block }) }),
    ...(draft.quantConfig === undefined
      ? {}
      : { quantConfig: text("hf_quant_config.json", draft.quantConfig) }),
    geometry: { ...GEOMETRY, layers, ...draft.geometry },
    weights: {
      method: draft.method ?? "none",
      kvOnly: draft.kvOnly ?? false,
      ...(draft.word === undefined ? {} : { word: draft.word }),
    },
    declarations: draft.declarations ?? [],
    sites,
    evidence,
    sidecars: draft.sidecars ?? [],
    table: tableOf(
      draft.format ?? "float8_e4m3fn",
      tensors.flatMap((tensor, at) => entryOf(tensor, evidence[at]!)),
    ),
    findings: [],
  };
}

/** A declaration of an FP8 cache in a dialect. */
export function declared(dialect: DialectId, parts: Partial<Declaration> = {}): Declaration {
  return {
    dialect,
    file: "config.json",
    path: dialect,
    cache: "float8_e4m3fn",
    dynamic: false,
    findings: [],
    ...parts,
  };
}

/** Drafts of `template` for every layer, `{site}` being its attention module. */
export function everyLayer(
  template: string,
  {
    layers = 2,
    path = llamaPath,
    ...rest
  }: Partial<TensorDraft> & Pick<InventoryDraft, "layers" | "path"> = {},
): TensorDraft[] {
  return Array.from({ length: layers }, (_, layer) => ({
    ...rest,
    name: template.replace("{site}", () => path(layer)),
  }));
}

/** Sites of a Llama. */
export function llamaPath(layer: number): string {
  return `model.layers.${layer}.self_attn`;
}

const GEOMETRY: Geometry = {
  modelType: "llama",
  architectures: ["LlamaForCausalLM"],
  queryHeads: 4,
  kvHeads: 2,
  headSize: 64,
  dtype: "bfloat16",
};

function shardOf(file: string, draft: InventoryDraft, sites: readonly Site[]): Shard {
  const { projections = ["q_proj", "k_proj", "v_proj", "o_proj"], files = [file], tensors = [] } = draft;
  const weights =
    file === files[0] ? sites.flatMap(({ path }) => projections.map((word) => `${path}.${word}.weight`)) : [];
  const scales = tensors.filter((tensor) => (tensor.file ?? files[0]) === file).map(({ name }) => name);
  const infos = [...weights, ...scales].map((name, at): [string, TensorInfo] => [
    name,
    { name, dtype: "F32", shape: [], begin: 4 * at, end: 4 * at + 4 },
  ]);
  return {
    path: file,
    size: 4 * infos.length,
    header: { metadata: new Map(), tensors: new Map(infos), dataStart: 0 },
    indexed: !(draft.unindexed ?? []).includes(file),
  };
}

function evidenceOf(tensor: TensorDraft, draft: InventoryDraft, sites: readonly Site[]): Evidence {
  const { name, file = draft.files?.[0] ?? "model.safetensors" } = tensor;
  const reading = recognise(name, knownSites(sites));
  if (reading === undefined) throw new TypeError(`${name} is not named like a scale`);
  return {
    file,
    name,
    dtype: "F32",
    shape: shapeOf(tensor),
    indexed: !(draft.unindexed ?? []).includes(file),
    reading,
  };
}

function entryOf(tensor: TensorDraft, { file, name, indexed, reading }: Evidence): Entry[] {
  if (reading.as !== "scale" || !indexed) return [];
  const bytes = new Uint8Array(new Float32Array(valuesOf(tensor)).buffer);
  const scale = scaleOf({ dtype: "F32", shape: shapeOf(tensor), bytes }, { file, tensor: name });
  return [
    { site: reading.site, role: reading.role, scale, found: { spelling: reading.spelling, file, name } },
  ];
}

function valuesOf({ values = [0.5] }: TensorDraft): readonly number[] {
  return values;
}

function shapeOf(tensor: TensorDraft): readonly number[] {
  const { length } = valuesOf(tensor);
  return tensor.shape ?? (length === 1 ? [] : [length]);
}

function text(path: string, value: object) {
  return { path, text: JSON.stringify(value) };
}
