import type { Finding } from "../finding.js";
import type { Entry } from "../scales/table.js";
import type { Facts } from "./inventory.js";

/**
 * Findings about what configs declare, by itself and against the scales that are there. ModelOpt says the
 * same in two files; what is wrong with it is told once.
 */
export function declarationFindings(facts: Facts): Finding[] {
  const own = facts.declarations.flatMap(({ findings }) => findings);
  const once = own.filter((finding, at) => own.findIndex(({ code }) => code === finding.code) === at);
  return [...once, ...RULES.flatMap((rule) => rule(facts) ?? [])];
}

type Rule = (facts: Facts) => Finding | undefined;

/** One rule a situation of config and scales together. */
const RULES: readonly Rule[] = [
  ({ declarations, table }) => {
    const declared = declarations.find(({ cache, dynamic }) => cache.startsWith("float8") && !dynamic);
    if (declared === undefined || table.entries.length > 0) return undefined;
    return {
      code: "config-without-scales",
      severity: "warning",
      message: `${declared.path} declares an FP8 KV cache, but the checkpoint holds no scales: engines run at 1.0, most without a word.`,
      remedy:
        "Merge scales from a calibrated checkpoint with `kvscale merge --from`, or remove the key with `kvscale strip`.",
      file: declared.file,
    };
  },
  ({ declarations, table, config }) => {
    if (config === undefined || table.entries.length === 0 || declarations.length > 0) return undefined;
    return {
      code: "scales-without-config",
      severity: "warning",
      message:
        "The checkpoint holds scales, but no config key declares an FP8 KV cache: only engines told by a flag will use them.",
      remedy: "Declare it for your engine with `kvscale convert --engine`.",
      file: config.path,
    };
  },
  ({ declarations, table }) => {
    const declared = declarations.find(({ strategy }) => strategy === "tensor");
    const perHead = table.entries.filter(({ scale }) => scale.per === "head");
    if (declared === undefined || perHead.length === 0) return undefined;
    return {
      code: "per-head-under-tensor",
      severity: "error",
      message: `${perHead.length} scales hold one number per KV head, but ${declared.path} says strategy "tensor": vLLM and SGLang fail on the shape.`,
      remedy:
        "Write `attn_head` with `kvscale convert --engine vllm`, or reduce to one number a layer for other engines.",
      file: declared.file,
      sites: perHead.map(({ site }) => site.path),
    };
  },
  (facts) => {
    const declared = facts.declarations.find(({ dialect }) => dialect === "autofp8");
    const keys = besideWeights(facts).filter(({ role }) => role === "k" || role === "kv");
    if (declared === undefined || keys.length === 0) return undefined;
    return {
      code: "calibrated-before-rope",
      severity: "warning",
      message:
        "AutoFP8 measures keys before rotary embedding, which can make them larger: the cache may clip (6 % too small on a tested model).",
      remedy:
        "Judge them with `kvscale verify`, which runs the model where it can; `kvscale calibrate` measures after rotary embedding.",
      file: declared.file,
    };
  },
  (facts) => {
    const declared = facts.declarations.find(({ observer }) => observer === "memoryless_minmax");
    if (declared === undefined || besideWeights(facts).length === 0) return undefined;
    return {
      code: "last-batch-observer",
      severity: "warning",
      message:
        'The observer "memoryless_minmax" keeps the range of the last calibration batch only, so these scales may be too small.',
      remedy:
        "Judge them with `kvscale verify`, which runs the model where it can; calibrate anew with a running observer (`static_minmax`, `minmax`) or `kvscale calibrate`.",
      file: declared.file,
    };
  },
  ({ weights, table, declarations }) => {
    if (table.entries.length > 0 || declarations.length > 0) return undefined;
    const quantised =
      weights.method === "none"
        ? ""
        : `; its ${weights.word ?? weights.method} quantisation covers the weights only`;
    return {
      code: "no-scales",
      severity: "info",
      message: `The checkpoint holds no KV scales and declares no FP8 KV cache${quantised}.`,
    };
  },
];

/** Scales in a file with weights are its producer's; a shard of nothing but scales may have come from elsewhere. */
function besideWeights({ table, shards, evidence }: Facts): Entry[] {
  const scalesIn = (path: string) => evidence.filter(({ file }) => file === path).length;
  const mixed = new Set(
    shards.filter(({ path, header }) => header.tensors.size > scalesIn(path)).map(({ path }) => path),
  );
  return table.entries.filter(({ found }) => found !== undefined && mixed.has(found.file));
}
