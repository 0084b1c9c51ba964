import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { openRef } from "../../../src/checkpoint/open.js";
import { readInventory } from "../../../src/checkpoint/read-inventory.js";
import type { EngineId } from "../../../src/engines/engine.js";
import { ENGINE_IDS } from "../../../src/engines/engines.js";
import { type Readiness, readiness } from "../../../src/engines/readiness.js";
import type { Io } from "../../../src/events.js";

const ROOT = resolve(import.meta.dirname, "../../../../shared/data/checkpoints");
const missing = !existsSync(ROOT);
const io: Io = { emit: () => {}, signal: new AbortController().signal };

type Verdicts = Readonly<Record<EngineId, Readiness["verdict"]>>;

/** What the real quantizers' output is good for. */
const EXPECTED: readonly (readonly [checkpoint: string, verdicts: Verdicts])[] = [
  ["tiny-llama", all("ignores")],
  [
    "tiny-llama.autofp8",
    {
      ...{ tgi: "loads", vllm: "loads", "vllm-legacy": "loads", sglang: "loads", "sglang-legacy": "loads" },
      ...{ lorax: "loads", "tensorrt-llm": "ignores", ksanallm: "ignores", mistralrs: "ignores" },
      ...{ transformers: "ignores", lightllm: "ignores", "llama.cpp": "refuses", "tgi-2028": "refuses" },
    },
  ],
  [
    "tiny-llama.llm-compressor-fp8",
    {
      ...{ tgi: "loads", vllm: "loads", "vllm-legacy": "loads", sglang: "loads", "sglang-legacy": "ignores" },
      ...{ lorax: "loads", "tensorrt-llm": "refuses", ksanallm: "ignores", mistralrs: "ignores" },
      ...{ transformers: "loads", lightllm: "ignores", "llama.cpp": "refuses", "tgi-2028": "refuses" },
    },
  ],
  [
    "tiny-llama.modelopt-fp8",
    {
      ...{ tgi: "ignores", vllm: "loads", "vllm-legacy": "loads", sglang: "loads", "sglang-legacy": "loads" },
      ...{ lorax: "refuses", "tensorrt-llm": "unit", ksanallm: "ignores", mistralrs: "ignores" },
      ...{ transformers: "ignores", lightllm: "ignores", "llama.cpp": "ignores", "tgi-2028": "refuses" },
    },
  ],
  [
    "tiny-llama.modelopt-kv-only",
    {
      ...{
        tgi: "ignores",
        vllm: "refuses",
        "vllm-legacy": "refuses",
        sglang: "refuses",
        "sglang-legacy": "refuses",
      },
      ...{ lorax: "ignores", "tensorrt-llm": "unit", ksanallm: "ignores", mistralrs: "ignores" },
      ...{ transformers: "ignores", lightllm: "ignores", "llama.cpp": "ignores", "tgi-2028": "ignores" },
    },
  ],
];

describe.skipIf(missing)(
  `real quantizers' checkpoints${missing ? " (skipped: ../shared/data/checkpoints is not here)" : ""}`,
  () => {
    it.each(EXPECTED)("%s", async (checkpoint, verdicts) => {
      const inventory = await readInventory(await openRef(join(ROOT, checkpoint), io), io);
      const told = ENGINE_IDS.map((id) => [id, readiness(id, inventory)] as const);
      expect(Object.fromEntries(told.map(([id, { verdict }]) => [id, verdict]))).toEqual(verdicts);
      for (const [, { verdict, effective }] of told)
        if (verdict === "loads") expect(effective).toHaveLength(4);
    });
  },
);

function all(verdict: Readiness["verdict"]): Verdicts {
  return Object.fromEntries(ENGINE_IDS.map((id) => [id, verdict])) as Verdicts;
}
