import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { sitesOfWeights } from "../../src/scales/attention-modules.js";

/** Weight names of one layer of a family, and the modules that must come of them. */
const FAMILIES: readonly (readonly [family: string, names: readonly string[], paths: readonly string[]])[] = [
  [
    "Llama",
    [
      "model.layers.0.self_attn.q_proj.weight",
      "model.layers.0.self_attn.k_proj.weight",
      "model.layers.0.mlp.up_proj.weight",
    ],
    ["model.layers.0.self_attn"],
  ],
  ["Phi-3", ["model.layers.0.self_attn.qkv_proj.weight"], ["model.layers.0.self_attn"]],
  [
    "llava",
    ["language_model.model.layers.0.self_attn.k_proj.weight"],
    ["language_model.model.layers.0.self_attn"],
  ],
  [
    "Qwen3-VL",
    ["model.language_model.layers.0.self_attn.k_proj.weight", "model.visual.blocks.0.attn.qkv.weight"],
    ["model.language_model.layers.0.self_attn", "model.visual.blocks.0.attn"],
  ],
  [
    "NemotronH",
    [
      "backbone.layers.0.mixer.in_proj.weight",
      "backbone.layers.0.mixer.A_log",
      "backbone.layers.0.mixer.conv1d.weight",
      "backbone.layers.7.mixer.k_proj.weight",
    ],
    ["backbone.layers.7.mixer"],
  ],
  [
    "DBRX",
    ["transformer.blocks.0.norm_attn_norm.attn.Wqkv.weight"],
    ["transformer.blocks.0.norm_attn_norm.attn"],
  ],
  ["MPT", ["transformer.blocks.0.attn.Wqkv.weight"], ["transformer.blocks.0.attn"]],
  ["GPT-2", ["h.0.attn.c_attn.weight", "h.0.attn.bias"], ["h.0.attn"]],
  ["GPT-J", ["transformer.h.0.attn.k_proj.weight"], ["transformer.h.0.attn"]],
  ["GPT-Neo", ["transformer.h.0.attn.attention.k_proj.weight"], ["transformer.h.0.attn.attention"]],
  ["GPT-NeoX", ["gpt_neox.layers.0.attention.query_key_value.weight"], ["gpt_neox.layers.0.attention"]],
  ["Falcon", ["transformer.h.0.self_attention.query_key_value.weight"], ["transformer.h.0.self_attention"]],
  [
    "ChatGLM",
    ["transformer.encoder.layers.0.self_attention.query_key_value.weight"],
    ["transformer.encoder.layers.0.self_attention"],
  ],
  [
    "SantaCoder",
    ["transformer.h.0.attn.kv_attn.weight", "transformer.h.0.attn.q_attn.weight"],
    ["transformer.h.0.attn"],
  ],
  ["Baichuan", ["model.layers.0.self_attn.W_pack.weight"], ["model.layers.0.self_attn"]],
  ["InternLM 2", ["model.layers.0.attention.wqkv.weight"], ["model.layers.0.attention"]],
  [
    "Mistral consolidated",
    ["layers.0.attention.wk.weight", "layers.0.feed_forward.w1.weight"],
    ["layers.0.attention"],
  ],
  ["TensorRT-LLM", ["transformer.layers.0.attention.qkv.weight"], ["transformer.layers.0.attention"]],
  [
    "DeepSeek MLA",
    [
      "model.layers.0.self_attn.kv_a_proj_with_mqa.weight",
      "model.layers.0.self_attn.kv_b_proj.weight",
      "model.layers.0.self_attn.indexer.wk.weight",
      "model.layers.0.self_attn.indexer.k_norm.weight",
    ],
    ["model.layers.0.self_attn"],
  ],
  [
    "Whisper",
    [
      "model.encoder.layers.0.self_attn.k_proj.weight",
      "model.decoder.layers.0.self_attn.k_proj.weight",
      "model.decoder.layers.0.encoder_attn.k_proj.weight",
    ],
    [
      "model.decoder.layers.0.self_attn",
      "model.decoder.layers.0.encoder_attn",
      "model.encoder.layers.0.self_attn",
    ],
  ],
  [
    "T5",
    ["decoder.block.4.layer.0.SelfAttention.k.weight", "decoder.block.4.layer.1.EncDecAttention.k.weight"],
    ["decoder.block.4.layer.0.SelfAttention", "decoder.block.4.layer.1.EncDecAttention"],
  ],
  ["BERT", ["bert.encoder.layer.0.attention.self.key.weight"], ["bert.encoder.layer.0.attention.self"]],
  [
    "Qwen3-Next",
    [
      "model.layers.0.linear_attn.in_proj_qkvz.weight",
      "model.layers.0.linear_attn.A_log",
      "model.layers.3.self_attn.k_proj.weight",
      "mtp.layers.0.self_attn.k_proj.weight",
    ],
    ["model.layers.3.self_attn", "mtp.layers.0.self_attn"],
  ],
  [
    "Kimi Linear",
    [
      "model.layers.0.self_attn.k_proj.weight",
      "model.layers.0.self_attn.k_conv1d.weight",
      "model.layers.0.self_attn.A_log",
      "model.layers.3.self_attn.kv_a_proj_with_mqa.weight",
    ],
    ["model.layers.3.self_attn"],
  ],
  [
    "MiniMax",
    [
      "model.layers.0.self_attn.qkv_proj.weight",
      "model.layers.0.self_attn.output_gate.weight",
      "model.layers.7.self_attn.k_proj.weight",
    ],
    ["model.layers.7.self_attn"],
  ],
  [
    "RWKV",
    [
      "rwkv.blocks.0.attention.key.weight",
      "rwkv.blocks.0.attention.time_decay",
      "rwkv.blocks.0.feed_forward.key.weight",
    ],
    [],
  ],
  [
    "Jamba",
    ["model.layers.0.mamba.in_proj.weight", "model.layers.4.self_attn.k_proj.weight"],
    ["model.layers.4.self_attn"],
  ],
  [
    "quantised weights",
    [
      "model.layers.0.self_attn.k_proj.qweight",
      "model.layers.1.self_attn.k_proj.weight_packed",
      "model.layers.2.self_attn.k_proj.base_layer.weight",
    ],
    ["model.layers.0.self_attn", "model.layers.1.self_attn", "model.layers.2.self_attn"],
  ],
  ["an odd name", ["model.layers.0.talking.k_proj.weight"], ["model.layers.0.talking"]],
  ["scales only", ["model.layers.0.self_attn.k_proj.k_scale", "model.layers.0.self_attn.k_scale"], []],
  ["no layers", ["lm_head.weight", "k_proj.weight", "self_attn.k_proj.weight", ""], []],
];

describe("sitesOfWeights", () => {
  it.each(FAMILIES)("finds the modules of %s", (_, names, paths) => {
    expect(sitesOfWeights(names).map(({ path }) => path)).toEqual(paths);
  });

  it("lists a module once and in layer order", () => {
    const names = [10, 9, 0].flatMap((n) =>
      ["k_proj", "v_proj"].map((p) => `model.layers.${n}.self_attn.${p}.weight`),
    );
    expect(sitesOfWeights(names).map(({ layer }) => layer)).toEqual([0, 9, 10]);
  });

  it("takes a layer that owns a prediction head for a draft layer (DeepSeek-V3)", () => {
    const names = [
      "model.layers.60.self_attn.kv_b_proj.weight",
      "model.layers.61.self_attn.kv_b_proj.weight",
      "model.layers.61.eh_proj.weight",
      "model.layers.6.self_attn.kv_b_proj.weight",
    ];
    expect(sitesOfWeights(names)).toEqual([
      { path: "model.layers.6.self_attn", layer: 6, kind: "decoder" },
      { path: "model.layers.60.self_attn", layer: 60, kind: "decoder" },
      { path: "model.layers.61.self_attn", layer: 61, kind: "draft" },
    ]);
  });

  it("takes no later layer for a draft layer because its number begins alike", () => {
    const names = [
      "model.layers.6.self_attn.k_proj.weight",
      "model.layers.60.self_attn.k_proj.weight",
      "model.layers.6.enorm.weight",
    ];
    expect(sitesOfWeights(names).map(({ layer, kind }) => [layer, kind])).toEqual([
      [60, "decoder"],
      [6, "draft"],
    ]);
  });
});

const CHECKPOINTS = resolve(import.meta.dirname, "../../../shared/data/checkpoints");
const REAL = [
  ["tiny-llama", 4],
  ["tiny-llama.autofp8", 4],
  ["tiny-llama.llm-compressor-fp8", 4],
  ["tiny-llama.modelopt-fp8", 4],
  ["rand-phi3", undefined],
  ["rand-gemma2", undefined],
] as const;

describe.skipIf(!existsSync(CHECKPOINTS))(
  "sitesOfWeights on real checkpoints (skipped where ../shared is missing)",
  () => {
    it.each(REAL)("finds every layer of %s", (name, known) => {
      const config: { num_hidden_layers: number } = JSON.parse(
        readFileSync(resolve(CHECKPOINTS, name, "config.json"), "utf8"),
      );
      const sites = sitesOfWeights(tensorNames(resolve(CHECKPOINTS, name, "model.safetensors")));
      const layers = known ?? config.num_hidden_layers;
      expect(sites.map(({ path }) => path)).toEqual(
        Array.from({ length: layers }, (_, n) => `model.layers.${n}.self_attn`),
      );
    });
  },
);

function tensorNames(file: string): string[] {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  return Object.keys(JSON.parse(bytes.toString("utf8", 8, 8 + length)));
}
