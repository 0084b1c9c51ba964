import type { Finding } from "../finding.js";
import { autofp8 } from "./autofp8.js";
import { compressedTensors } from "./compressed-tensors.js";
import type { Declaration, DialectId } from "./declaration.js";
import { type Dialect, remark } from "./dialect.js";
import { type ConfigDocuments, inlineQuantization } from "./documents.js";
import { modelOpt, modelOptInline } from "./modelopt.js";
import { quark } from "./quark.js";
import { strayDeclarations } from "./stray.js";
import { cacheDtype, torchDtype } from "./torch-dtype.js";

/** The dialect table: every way in which a config is known to declare an FP8 KV cache. */
export const DIALECTS: readonly Dialect[] = [
  torchDtype,
  cacheDtype,
  compressedTensors,
  autofp8,
  modelOptInline,
  modelOpt,
  quark,
];

/** The row of a dialect. */
export function dialectOf(id: DialectId): Dialect {
  return DIALECTS.find((dialect) => dialect.id === id)!;
}

/**
 * Everything that the config files say about the KV cache, in the order of the table, with the findings about
 * each statement; the last one also carries what is wrong between them.
 */
export function declarationsOf(documents: ConfigDocuments): readonly Declaration[] {
  const single = [...DIALECTS.flatMap((dialect) => dialect.read(documents)), ...strayDeclarations(documents)];
  const last = single.at(-1);
  if (last === undefined) return single;
  const between = [divergence(documents, single), contradiction(single)]
    .filter((item) => item !== undefined)
    .map((item) => ({ ...item, file: last.file }));
  return [...single.slice(0, -1), { ...last, findings: [...last.findings, ...between] }];
}

/** ModelOpt's two places against each other: TensorRT-LLM trusts the file, vLLM config.json. */
function divergence(documents: ConfigDocuments, declarations: readonly Declaration[]): Finding | undefined {
  const inline = inlineQuantization(documents);
  if (documents.quantConfig === undefined || inline === undefined) return undefined;
  const [here, there] = (["modelopt-inline", "modelopt"] as const).map((id) => saidBy(declarations, id));
  if (inline.method !== "modelopt" || here === there) return undefined;
  return remark(
    "modelopt-files-diverge",
    "warning",
    `${inline.file} declares the KV cache as ${here}, ${documents.quantConfig.file} as ${there}; vLLM follows the former, TensorRT-LLM the latter`,
    "Declare both anew with `kvscale convert --engine`.",
  );
}

function saidBy(declarations: readonly Declaration[], id: DialectId): Declaration["cache"] {
  return declarations.find(({ dialect }) => dialect === id)?.cache ?? "none";
}

/** Two FP8 formats: whoever follows the wrong one is off by a factor of two. */
function contradiction(declarations: readonly Declaration[]): Finding | undefined {
  const formats = new Map(
    declarations.filter(({ cache }) => cache.startsWith("float8")).map(({ cache, path }) => [cache, path]),
  );
  if (formats.size < 2) return undefined;
  const said = [...formats].map(([cache, path]) => `${path}: ${cache}`).join(", ");
  return remark("declarations-contradict", "error", `the config declares two FP8 formats (${said})`);
}
