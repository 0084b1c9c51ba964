import fc from "fast-check";
import {
  companions,
  type Files,
  indexFile,
  jsonFile,
  type Shards,
  shard,
} from "../../fixtures/recipes/files.js";
import { projections } from "../../fixtures/recipes/llama.js";
import { scaleTensors } from "../../fixtures/recipes/scales.js";
import { weight } from "../../fixtures/recipes/tensors.js";

/** How a checkpoint lies on the disk, and where its scales are. */
export interface Layout {
  readonly layers: number;
  /** Names of the tensor files, one at least. */
  readonly shards: readonly string[];
  readonly index: boolean;
  /** Among the weights, in a file of their own, in a file that the index does not name, or nowhere. */
  readonly scales: "none" | "within" | "apart" | "stale";
  /** The file that the index does not name, where scales are stale. */
  readonly stale: "old.safetensors" | "model.safetensors";
  readonly form: keyof typeof FORMS;
  readonly extra: readonly string[];
}

const FORMS = {
  pair: { k: ".k_scale", v: ".v_scale" },
  fused: { kv: ".kv_scale" },
  modelopt: { k: ".k_proj.k_scale", v: ".v_proj.v_scale" },
};

const NAMES = [
  ["model.safetensors"],
  ["consolidated.safetensors"],
  ["consolidated-00001-of-00002.safetensors", "consolidated-00002-of-00002.safetensors"],
  ["pytorch_model.safetensors"],
  ["model-00001-of-00001.safetensors"],
  ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
  ["model.safetensors", "more.safetensors"],
  ["a.safetensors", "b.safetensors", "c.safetensors"],
  ["training_args.safetensors", "model-arguments.safetensors"],
];

/** Layouts that a base or a source may have; several files without an index among them. */
export const layouts: fc.Arbitrary<Layout> = fc.record({
  layers: fc.integer({ min: 1, max: 4 }),
  shards: fc.constantFrom(...NAMES),
  index: fc.boolean(),
  scales: fc.constantFrom("none", "within", "apart", "stale"),
  stale: fc.constantFrom("old.safetensors", "model.safetensors"),
  form: fc.constantFrom("pair", "fused", "modelopt"),
  extra: fc.subarray(["kv_cache_scales.bin", "original/params.json", "notes.training.txt"]),
});

/** The attention modules of a layout. */
export function sitesOf({ layers }: Pick<Layout, "layers">): string[] {
  return Array.from({ length: layers }, (_, layer) => `model.layers.${layer}.self_attn`);
}

/** The files of a checkpoint laid out so. */
export function filesOf(layout: Layout): Files {
  const held = shardsOf(layout);
  const stale = hasStale(layout) ? { [layout.stale]: [weight(STALE, 4), ...scalesOf(layout)] } : {};
  const files: Files = companions();
  for (const [path, tensors] of Object.entries({ ...held, ...stale })) files.set(path, shard(tensors));
  if (layout.index) files.set(indexName(layout), indexFile(held));
  for (const path of layout.extra) files.set(path, new TextEncoder().encode(path));
  return files.set("config.json", jsonFile(configOf(layout)));
}

/** Loaders of Mistral's own format open files of their own name only, and look for an index of that name. */
export function stemOf({ shards, scales }: Layout): "consolidated" | "model" {
  return scales !== "apart" && shards.every((path) => path.startsWith("consolidated"))
    ? "consolidated"
    : "model";
}

/** The name that the index of a layout has. */
export function indexName(layout: Layout): string {
  return `${stemOf(layout)}.safetensors.index.json`;
}

/** A tensor of the file that the index does not name. */
export const STALE = "stale.weight";

/** True where a file lies beside the index that the index does not name. */
function hasStale({ scales, stale, index, shards }: Layout): boolean {
  return scales === "stale" && index && !shards.includes(stale);
}

function shardsOf(layout: Layout): Shards {
  const { shards, scales } = layout;
  const last = shards.length - 1;
  const blocks = sitesOf(layout).map((site, layer) => [layer % shards.length, projections(site)] as const);
  const held = shards.map((path, at) => {
    const weights = blocks.filter(([home]) => home === at).flatMap(([, tensors]) => tensors);
    const own = weight(`model.part.${at}.weight`, 4);
    return [
      path,
      [own, ...weights, ...(scales === "within" && at === last ? scalesOf(layout) : [])],
    ] as const;
  });
  const apart = scales === "apart" ? { "kv.safetensors": scalesOf(layout) } : {};
  return { ...Object.fromEntries(held), ...apart };
}

function scalesOf(layout: Layout) {
  return scaleTensors(sitesOf(layout), FORMS[layout.form], "F32 []");
}

function configOf({ layers, scales }: Layout) {
  const declared = scales === "none" ? {} : { kv_cache_torch_dtype: "float8_e4m3fn" };
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    num_attention_heads: 4,
    num_hidden_layers: layers,
    num_key_value_heads: 2,
    ...declared,
  };
}
