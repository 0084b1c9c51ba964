import type { Geometry } from "../config/geometry.js";
import type { Certainty, EngineId } from "./engine.js";

/** A model family that an engine treats differently from its rule. Any matching word is enough. */
export interface Family {
  readonly engines: readonly EngineId[];
  /** `model_type` words of config.json, or class names of `architectures`. */
  readonly models: readonly string[];
  /** "drops": scales of `spellings` (all, where absent) are lost. "refuses": quantised ones do not start. */
  readonly effect: "drops" | "refuses";
  readonly spellings?: readonly string[];
  /** A clause for people. */
  readonly why: string;
  readonly certainty: Certainty;
  readonly source: string;
}

/** Known exceptions. */
export const FAMILIES: readonly Family[] = [
  {
    engines: ["vllm"],
    models: ["qwen3_5", "qwen3_5_moe", "qwen3_5_text", "qwen3_5_moe_text"],
    effect: "drops",
    why: "vLLM's Qwen3.5 classes load no scales",
    certainty: "reported",
    source: "https://github.com/vllm-project/vllm/issues/54623",
  },
  {
    engines: ["vllm", "vllm-legacy"],
    models: ["longcat_flash", "LongcatFlashForCausalLM"],
    effect: "drops",
    spellings: ["kv_scale"],
    why: "vLLM's LongCat-Flash class skips kv_scale",
    certainty: "verified",
    source: "vLLM model_executor/models/longcat_flash.py @017e9f4",
  },
  {
    engines: ["vllm"],
    models: ["DFlashLagunaForCausalLM"],
    effect: "refuses",
    why: "vLLM's Laguna draft class calls get_cache_scale, which no longer exists (AttributeError)",
    certainty: "derived",
    source: "vLLM model_executor/models/laguna_dflash.py @017e9f4",
  },
  {
    engines: ["sglang", "sglang-legacy"],
    models: [
      ...["qwen2", "qwen2_moe", "qwen3_moe", "mixtral"],
      ...["Qwen2ForCausalLM", "Qwen3MoeForCausalLM", "MixtralForCausalLM"],
    ],
    effect: "drops",
    why: "SGLang's Qwen2, Qwen3-MoE and Mixtral loaders never map the names of scales",
    certainty: "reported",
    source: "https://github.com/sgl-project/sglang/issues/39942",
  },
  {
    engines: ["sglang-legacy"],
    models: ["qwen3_5", "qwen3_5_moe", "qwen3_5_text", "qwen3_5_moe_text"],
    effect: "drops",
    spellings: ["k_scale", "kv_scale", "quark"],
    why: "SGLang's Qwen3.5 mapper knew ModelOpt's names only",
    certainty: "reported",
    source: "https://github.com/sgl-project/sglang/pull/35455",
  },
  {
    engines: ["sglang", "sglang-legacy"],
    models: ["qwen3_next", "Qwen3NextForCausalLM"],
    effect: "drops",
    spellings: ["k_scale", "kv_scale", "quark"],
    why: "SGLang's Qwen3-Next loader knows ModelOpt's names only",
    certainty: "verified",
    source: "SGLang srt/models/qwen3_next.py @6ed5780",
  },
];

/** The exceptions of one engine that concern a model. */
export function familiesOf(engine: EngineId, geometry: Geometry): readonly Family[] {
  return FAMILIES.filter(({ engines, models }) => engines.includes(engine) && isOneOf(geometry, models));
}

/** True when the model's type, or one of its classes, is among the words. */
export function isOneOf({ modelType, architectures }: Geometry, words: readonly string[]): boolean {
  return (
    (modelType !== undefined && words.includes(modelType)) || architectures.some((x) => words.includes(x))
  );
}

/** True when the config says nothing about the model, so that no list can decide. */
export function isUnnamed({ modelType, architectures }: Geometry): boolean {
  return modelType === undefined && architectures.length === 0;
}
