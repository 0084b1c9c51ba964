import { expect, it } from "vitest";
import type { EngineId } from "../../../src/engines/engine.js";
import { type Platform, type Readiness, readiness } from "../../../src/engines/readiness.js";
import { AUTOFP8_BLOCK, KV_ONLY_BLOCK, MODELOPT_BLOCK, QUARK_BLOCK } from "../../support/blocks.js";
import { declared, everyLayer, type InventoryDraft, inventoryOf } from "../../support/inventory.js";

/** One row: a checkpoint, and what an engine does with it. */
export interface Situation {
  readonly title: string;
  readonly engine: EngineId;
  readonly draft: InventoryDraft;
  readonly platform?: Platform;
  readonly verdict: Readiness["verdict"];
  readonly reason?: RegExp;
  /** k and v of the first layer. */
  readonly first?: readonly [k: unknown, v: unknown];
  readonly note?: RegExp;
  readonly unread?: RegExp;
  readonly launch?: RegExp | undefined;
  readonly remedy?: RegExp;
}

/** One test for each row. */
export function judge(situations: readonly Situation[]): void {
  it.each(situations.map((row) => [`${row.engine}: ${row.title} → ${row.verdict}`, row] as const))(
    "%s",
    (_, row) => {
      const told = readiness(
        row.engine,
        inventoryOf(row.draft),
        row.platform ? { platform: row.platform } : {},
      );
      expect(told.verdict, told.reason).toBe(row.verdict);
      if (row.reason) expect(told.reason).toMatch(row.reason);
      if (row.first) expect([told.effective[0]?.k, told.effective[0]?.v]).toEqual(row.first);
      if (row.note) expect(told.effective[0]?.note).toMatch(row.note);
      if (row.unread) expect(JSON.stringify(told.unread)).toMatch(row.unread);
      if (row.launch) expect(told.launch).toMatch(row.launch);
      if ("launch" in row && row.launch === undefined) expect(told.launch).toBeUndefined();
      if (row.remedy) expect(told.remedies.join("\n")).toMatch(row.remedy);
    },
  );
}

/** Scales of every layer in common spellings: k is 0.5, v is 0.25. */
export const PAIR = [...everyLayer("{site}.k_scale"), ...everyLayer("{site}.v_scale", { values: [0.25] })];
export const SINGLE = everyLayer("{site}.kv_scale");
export const MODELOPT = [
  ...everyLayer("{site}.k_proj.k_scale"),
  ...everyLayer("{site}.v_proj.v_scale", { values: [0.25] }),
];
export const OUTPUT = [
  ...everyLayer("{site}.k_proj.output_scale"),
  ...everyLayer("{site}.v_proj.output_scale", { values: [0.25] }),
];
export const HEADS = [
  ...everyLayer("{site}.k_scale", { values: [0.5, 0.125], shape: [2, 1, 1] }),
  ...everyLayer("{site}.v_scale", { values: [0.25, 0.125], shape: [2, 1, 1] }),
];

/** Checkpoints by what declares their cache; scales are to be added. */
export const KV_ONLY: InventoryDraft = {
  method: "compressed-tensors",
  kvOnly: true,
  block: KV_ONLY_BLOCK,
  declarations: [
    declared("compressed-tensors", { path: "quantization_config.kv_cache_scheme", strategy: "tensor" }),
  ],
};
export const AUTOFP8: InventoryDraft = {
  method: "fp8",
  word: "fp8",
  block: AUTOFP8_BLOCK,
  declarations: [declared("autofp8")],
};
export const MODELOPT_FP8: InventoryDraft = {
  method: "modelopt",
  word: "modelopt",
  block: MODELOPT_BLOCK,
  declarations: [declared("modelopt-inline", { path: "quantization_config.kv_cache_scheme" })],
};
export const QUARK: InventoryDraft = {
  method: "quark",
  word: "quark",
  block: QUARK_BLOCK,
  declarations: [declared("quark")],
};

/** A scheme with other keys. */
export function withScheme(scheme: object, parts: object = {}): InventoryDraft {
  return { ...KV_ONLY, block: { ...KV_ONLY_BLOCK, kv_cache_scheme: scheme, ...parts } };
}

/** The per-head form of compressed-tensors. */
export const PER_HEAD: InventoryDraft = {
  ...withScheme({ ...KV_ONLY_BLOCK.kv_cache_scheme, strategy: "attn_head" }),
  declarations: [declared("compressed-tensors", { strategy: "attn_head" })],
};
