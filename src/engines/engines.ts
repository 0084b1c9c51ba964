import { usageRefusal } from "../errors.js";
import type { Engine, EngineId } from "./engine.js";
import { LLAMA_CPP, LORAX, MISTRALRS } from "./rows/pair-readers.js";
import { SGLANG, SGLANG_LEGACY } from "./rows/sglang.js";
import { KSANALLM, LIGHTLLM } from "./rows/sidecar-readers.js";
import { TENSORRT_LLM } from "./rows/tensorrt-llm.js";
import { TGI, TGI_2028 } from "./rows/tgi.js";
import { TRANSFORMERS } from "./rows/transformers.js";
import { VLLM, VLLM_LEGACY } from "./rows/vllm.js";

export type { Emission, Engine, EngineId } from "./engine.js";

/** The table of engines, in the order in which they are shown. */
export const ENGINES: readonly Engine[] = [
  TGI,
  VLLM,
  SGLANG,
  TENSORRT_LLM,
  TRANSFORMERS,
  LIGHTLLM,
  KSANALLM,
  MISTRALRS,
  LORAX,
  LLAMA_CPP,
  TGI_2028,
  VLLM_LEGACY,
  SGLANG_LEGACY,
];

/** The ids of the rows, in table order. */
export const ENGINE_IDS: readonly EngineId[] = ENGINES.map((engine) => engine.id);

/** The row with this id; throws a usage Refusal that lists the ids there are. */
export function engineOf(id: string): Engine {
  const row = ENGINES.find((engine) => engine.id === id);
  if (row !== undefined) return row;
  throw usageRefusal("unknown-engine", {
    expected: `an engine among ${ENGINES.map((engine) => engine.id).join(", ")}`,
    found: JSON.stringify(id),
  });
}

/** True for the id of a row. */
export function isEngineId(id: string): id is EngineId {
  return ENGINES.some((engine) => engine.id === id);
}
