import { describe, expect, it } from "vitest";
import { type Geometry, geometryOf } from "../../src/config/geometry.js";
import { parseDocument } from "../../src/document/document.js";

const LLAMA = { num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8, hidden_size: 4096 };

type Expected = { readonly [K in keyof Geometry]?: Geometry[K] | undefined };

describe("the geometry of a config", () => {
  it.each<[string, object, Expected]>([
    [
      "llama",
      { model_type: "llama", architectures: ["LlamaForCausalLM"], torch_dtype: "bfloat16", ...LLAMA },
      {
        modelType: "llama",
        architectures: ["LlamaForCausalLM"],
        dtype: "bfloat16",
        layers: 32,
        queryHeads: 32,
        kvHeads: 8,
        headSize: 128,
      },
    ],
    ["a head_dim of its own", { ...LLAMA, head_dim: 64 }, { headSize: 64 }],
    ["a head_dim of null", { ...LLAMA, head_dim: null }, { headSize: 128 }],
    ["no KV heads: as many as query heads", { ...LLAMA, num_key_value_heads: null }, { kvHeads: 32 }],
    [
      "a width that heads do not divide",
      { ...LLAMA, hidden_size: 4097 },
      { queryHeads: 32, headSize: undefined },
    ],
    [
      "gpt2",
      { model_type: "gpt2", n_layer: 12, n_head: 12, n_embd: 768 },
      { layers: 12, queryHeads: 12, kvHeads: 12, headSize: 64 },
    ],
    [
      "gpt_neox",
      { model_type: "gpt_neox", num_hidden_layers: 44, num_attention_heads: 64, hidden_size: 6144 },
      { layers: 44, kvHeads: 64, headSize: 96 },
    ],
    [
      "mpt",
      {
        model_type: "mpt",
        n_layers: 32,
        n_heads: 32,
        d_model: 4096,
        attn_config: { attn_type: "multihead_attention" },
      },
      { layers: 32, queryHeads: 32, kvHeads: 32, headSize: 128 },
    ],
    [
      "mpt with one KV head",
      {
        model_type: "mpt",
        n_layers: 2,
        n_heads: 8,
        d_model: 64,
        attn_config: { attn_type: "multiquery_attention" },
      },
      { kvHeads: 1 },
    ],
    [
      "mpt with groups",
      { model_type: "mpt", n_layers: 2, n_heads: 8, d_model: 64, attn_config: { kv_n_heads: 2 } },
      { kvHeads: 2 },
    ],
    [
      "dbrx",
      { model_type: "dbrx", n_layers: 40, n_heads: 48, d_model: 6144, attn_config: { kv_n_heads: 8 } },
      { layers: 40, queryHeads: 48, kvHeads: 8, headSize: 128 },
    ],
    [
      "gpt_bigcode, its switch left out",
      { model_type: "gpt_bigcode", n_layer: 40, n_head: 48, n_embd: 6144 },
      { kvHeads: 1, headSize: 128 },
    ],
    [
      "gpt_bigcode without sharing",
      { model_type: "gpt_bigcode", n_layer: 2, n_head: 4, n_embd: 64, multi_query: false },
      { kvHeads: 4 },
    ],
    [
      "falcon 7B",
      {
        model_type: "falcon",
        num_hidden_layers: 32,
        num_attention_heads: 71,
        hidden_size: 4544,
        multi_query: true,
        new_decoder_architecture: false,
        num_kv_heads: 71,
      },
      { queryHeads: 71, kvHeads: 1, headSize: 64 },
    ],
    [
      "falcon 40B",
      {
        model_type: "falcon",
        num_hidden_layers: 60,
        num_attention_heads: 128,
        hidden_size: 8192,
        multi_query: true,
        new_decoder_architecture: true,
        num_kv_heads: 8,
      },
      { kvHeads: 8, headSize: 64 },
    ],
    [
      "falcon-rw",
      {
        model_type: "falcon",
        num_hidden_layers: 24,
        num_attention_heads: 32,
        hidden_size: 2048,
        multi_query: false,
      },
      { kvHeads: 32 },
    ],
    [
      "the first Falcon 40B",
      { model_type: "RefinedWeb", n_layer: 60, n_head: 128, n_head_kv: 8, hidden_size: 8192 },
      { layers: 60, kvHeads: 8 },
    ],
    [
      "the first Falcon 7B",
      { model_type: "RefinedWebModel", n_layer: 32, n_head: 71, hidden_size: 4544, multi_query: true },
      { kvHeads: 1 },
    ],
    [
      "chatglm3",
      {
        model_type: "chatglm",
        num_layers: 28,
        num_attention_heads: 32,
        hidden_size: 4096,
        kv_channels: 128,
        multi_query_attention: true,
        multi_query_group_num: 2,
      },
      { layers: 28, kvHeads: 2, headSize: 128 },
    ],
    [
      "chatglm without groups",
      {
        model_type: "chatglm",
        num_layers: 28,
        num_attention_heads: 32,
        hidden_size: 4096,
        multi_query_group_num: 2,
      },
      { kvHeads: 32 },
    ],
    [
      "whisper: the decoder's counts",
      {
        model_type: "whisper",
        num_hidden_layers: 6,
        encoder_layers: 6,
        decoder_layers: 4,
        encoder_attention_heads: 6,
        decoder_attention_heads: 8,
        d_model: 512,
      },
      { layers: 4, queryHeads: 8, kvHeads: 8, headSize: 64 },
    ],
    [
      "t5: heads beside the width",
      { model_type: "t5", num_layers: 12, num_decoder_layers: 10, num_heads: 12, d_model: 768, d_kv: 128 },
      { layers: 10, headSize: 128 },
    ],
    [
      "Mistral's params.json",
      { dim: 4096, n_layers: 32, head_dim: 128, hidden_dim: 14336, n_heads: 32, n_kv_heads: 8 },
      { modelType: undefined, layers: 32, queryHeads: 32, kvHeads: 8, headSize: 128 },
    ],
    [
      "llava: nested, with the wrapper's type",
      {
        model_type: "llava",
        hidden_size: 1,
        text_config: { model_type: "llama", torch_dtype: "float16", ...LLAMA },
      },
      { modelType: "llava", layers: 32, kvHeads: 8, headSize: 128, dtype: "float16" },
    ],
    [
      "a nested config that leaves counts to the wrapper",
      { ...LLAMA, text_config: { num_hidden_layers: 4 } },
      { layers: 4, queryHeads: 32, kvHeads: 8 },
    ],
    ["internvl", { llm_config: LLAMA }, { layers: 32 }],
    ["deepseek-vl", { language_config: LLAMA }, { layers: 32 }],
    ["qwen2.5-omni: nested twice", { thinker_config: { text_config: LLAMA } }, { layers: 32, kvHeads: 8 }],
    [
      "an encoder-decoder of two configs",
      { decoder: { num_hidden_layers: 3, num_attention_heads: 2, hidden_size: 8 } },
      { layers: 3, headSize: 4 },
    ],
    [
      "a nested falcon",
      {
        text_config: { model_type: "falcon", num_attention_heads: 71, hidden_size: 4544, multi_query: true },
      },
      { kvHeads: 1 },
    ],
    [
      "latent attention has no heads in the cache",
      { model_type: "deepseek_v3", ...LLAMA, kv_lora_rank: 512, head_dim: 64 },
      { layers: 32, queryHeads: 32, kvHeads: undefined, headSize: undefined },
    ],
    ["latent attention switched off", { ...LLAMA, kv_lora_rank: null }, { kvHeads: 8, headSize: 128 }],
    [
      "head counts by layer, in blocks",
      { model_type: "nemotron-nas", ...LLAMA, num_key_value_heads: null, block_configs: [{}] },
      { layers: 32, kvHeads: undefined },
    ],
    [
      "head counts by layer, in a list",
      { model_type: "openelm", num_kv_heads: [3, 4], num_attention_heads: 12, head_dim: 64 },
      { kvHeads: undefined, headSize: 64 },
    ],
    [
      "two head sizes",
      { ...LLAMA, head_dim: 256, global_head_dim: 512 },
      { kvHeads: 8, headSize: undefined },
    ],
    [
      "dtype before torch_dtype, without the package",
      { dtype: "torch.float16", torch_dtype: "bfloat16" },
      { dtype: "float16" },
    ],
    [
      "counts that are none",
      { num_hidden_layers: -1, num_attention_heads: 2.5, hidden_size: "8" },
      { layers: undefined, queryHeads: undefined, headSize: undefined },
    ],
    [
      "an empty config",
      {},
      { modelType: undefined, architectures: [], layers: undefined, kvHeads: undefined },
    ],
    [
      "wrong types everywhere",
      { model_type: 3, architectures: "x", text_config: [], dtype: {} },
      { modelType: undefined, architectures: [], dtype: undefined },
    ],
  ])("%s", (_, config, expected) => {
    const geometry = geometryOf(parseDocument(JSON.stringify(config), "config.json"));
    const seen = Object.fromEntries(
      Object.keys(expected).map((key) => [key, geometry[key as keyof Geometry]]),
    );
    expect(seen).toEqual(expected);
  });

  it("leaves out what is not said", () => {
    expect(Object.keys(geometryOf(parseDocument("{}", "config.json")))).toEqual(["architectures"]);
  });
});
