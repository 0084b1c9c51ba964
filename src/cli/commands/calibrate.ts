import { type Command, InvalidArgumentError, Option } from "commander";
import { BACKEND_CHOICES, type BackendChoice } from "../../backend/backend.js";
import { GRANULARITIES, type Granularity } from "../../calibration/choose.js";
import { usageRefusal } from "../../errors.js";
import type { Precision } from "../../model/ops.js";
import {
  CALIBRATE_DEFAULTS,
  type CalibrateInput,
  METHODS,
  type Method,
} from "../../operations/calibrate-input.js";
import type { CacheFormat } from "../../scales/table.js";
import { defined } from "../defined.js";
import {
  aPath,
  depsOf,
  type EngineFlags,
  engineOption,
  newReadingCommand,
  positiveInteger,
  type ReportFlags,
  type WritingFlags,
  withReport,
  withWriting,
  writingOf,
} from "../globals.js";
import { aNumber } from "../numbers.js";
import { type GlobalFlags, run } from "../run.js";
import type { Terminal } from "../terminal.js";
import { calibrateTelling } from "./calibrate-telling.js";

interface Flags extends GlobalFlags, WritingFlags, Pick<EngineFlags, "engine">, Pick<ReportFlags, "report"> {
  readonly followLinks?: boolean;
  readonly output?: string;
  readonly text?: string;
  readonly tokens?: string;
  readonly sequenceLength?: number;
  readonly maxTokens?: number;
  readonly precision?: Precision;
  readonly backend: BackendChoice;
  readonly method?: Method;
  readonly percentile?: number;
  readonly granularity?: Granularity;
  readonly format?: CacheFormat;
  readonly margin?: number;
  readonly stats?: string;
  readonly shard?: { readonly index: number; readonly of: number };
  readonly fromStats?: readonly string[];
  readonly resume?: boolean;
  readonly replace?: boolean;
  readonly ranks?: number;
}

const { method, percentile, granularity, format, sequenceLength, maxTokens } = CALIBRATE_DEFAULTS;

/** `kvscale calibrate REF -o OUT` */
export function calibrateCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const command = newReadingCommand(
    "calibrate",
    "compute KV scales from a checkpoint's own weights, run on text",
  )
    .argument("<ref>", "the checkpoint, usually 16-bit")
    .option(
      "-o, --output <path>",
      "the new checkpoint, or a .safetensors or .json file of scales alone",
      aPath,
    )
    .addOption(engineOption("write what this engine reads"))
    .option("--text <file>", "text to run the model on (default: a built-in one), by its own tokenizer.json")
    .option("--tokens <file>", "token ids to run the model on: a JSON array, or one a sequence")
    .option("--sequence-length <n>", `longest sequence (default: ${sequenceLength})`, positiveInteger)
    .option("--max-tokens <n>", `tokens to run the model on (default: ${maxTokens})`, positiveInteger)
    .addOption(
      new Option("--precision <type>", "of products (default: float32)").choices(["float32", "bfloat16"]),
    )
    .addOption(
      new Option("--backend <name>", "where the model runs")
        .choices(BACKEND_CHOICES)
        .env("KVSCALE_BACKEND")
        .default("auto"),
    )
    .addOption(
      new Option(
        "--method <name>",
        `largest value, most values, or smallest error (default: ${method})`,
      ).choices(METHODS),
    )
    .option(
      "--percentile <share>",
      `of --method percentile: magnitudes that must fit (default: ${percentile})`,
      aNumber,
    )
    .addOption(
      new Option(
        "--granularity <per>",
        `one scale per layer or per KV head (default: ${granularity})`,
      ).choices(GRANULARITIES),
    )
    .addOption(new Option("--format <type>", `of the cache (default: ${format})`).choices(FORMATS))
    .option("--margin <share>", "room above the chosen magnitude, such as 0.1 (default: 0)", aNumber)
    .option("--stats <file>", "write statistics, so that parts of a job can be combined")
    .addOption(new Option("--shard <i/n>", "take the i-th of n shares of the sequences").argParser(shard))
    .option("--from-stats <files...>", "combine the statistics of all parts, instead of running the model")
    .option("--resume", "go on after the last complete layer of the same run, if it was interrupted")
    .option("--replace", "scales that the checkpoint already has give way")
    .option("--ranks <n>", "tensor-parallel ranks that a JSON sidecar is written for", positiveInteger);
  return withReport(withWriting(command)).action(async (ref: string, flags: Flags) => {
    exit(
      await run("calibrate", flags, terminal, async (io) => {
        const { calibrate } = await import("../../operations/calibrate.js");
        const { calibrateText } = await import("../../report/calibrate-text.js");
        const deps = await depsOf(flags);
        const report = await calibrate(inputOf(ref, flags), io, deps);
        return {
          data: report,
          render: (view) => calibrateText(report, view),
          telling: () => calibrateTelling(ref, flags, report, deps),
        };
      }),
    );
  });
}

/** Engines apply no scales to an e5m2 cache. */
const FORMATS: readonly CacheFormat[] = ["float8_e4m3fn", "float8_e4m3fnuz"];

function inputOf(ref: string, flags: Flags): CalibrateInput {
  const { output, stats, force = false } = flags;
  if (output === undefined && stats === undefined) throw withoutOutput();
  const isFile = output !== undefined && /\.(safetensors|json)$/i.test(output);
  if (flags.dryRun === true && (isFile || stats !== undefined)) throw notPlanned();
  return {
    ref,
    backend: flags.backend,
    ...defined(choicesIn(flags)),
    ...(output !== undefined && isFile
      ? { scaleFile: { path: output, force, strict: flags.strict ?? false } }
      : {}),
    ...(output !== undefined && !isFile ? { writing: writingOf({ ...flags, output }) } : {}),
  };
}

function choicesIn(flags: Flags) {
  const { text, tokens, sequenceLength, maxTokens, precision, engine, ranks, replace, resume } = flags;
  const { method, percentile, granularity, format, margin, stats, shard, fromStats } = flags;
  return {
    ...{ text, tokens, sequenceLength, maxTokens, precision, engine, ranks, replace, resume },
    ...{ method, percentile, granularity, format, margin, stats, shard, fromStats },
  };
}

function shard(text: string): { index: number; of: number } {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (index !== undefined && of !== undefined && index >= 1 && index <= of) return { index, of };
  throw new InvalidArgumentError("A share such as 2/8 is expected, from 1/8 to 8/8.");
}

function withoutOutput() {
  return usageRefusal("output-missing", {
    expected: "a place for the result: -o DIR or FILE, or --stats FILE",
    found: "none",
    remedy: "Name a new directory for the checkpoint with its scales, such as -o ./model-kv.",
  });
}

function notPlanned() {
  return usageRefusal("dry-run-of-a-file", {
    expected: "--dry-run with a new checkpoint, whose plan it prints",
    found: "a file of scales or statistics, which has none",
    remedy: "Leave out --dry-run, or name a directory with -o and no --stats.",
  });
}
