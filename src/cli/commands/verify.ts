import { type Command, Option } from "commander";
import { DISTRIBUTIONS, type Distribution } from "../../attention/synthesize.js";
import { BACKEND_CHOICES, type BackendChoice } from "../../backend/backend.js";
import type { Writer } from "../../numeric/quantise.js";
import type { Deps } from "../../operations/deps.js";
import type { VerifyReport } from "../../operations/verify.js";
import { defined } from "../defined.js";
import type { Telling } from "../delivery.js";
import { depsOf, newReadingCommand, positiveInteger, type ReportFlags, withReports } from "../globals.js";
import { aNumber, aShare, wholeNumber } from "../numbers.js";
import { type GlobalFlags, run } from "../run.js";
import type { Terminal } from "../terminal.js";
import { type ModelFlags, modelInput, withModelOptions } from "./verify-model-options.js";

interface Flags extends GlobalFlags, ReportFlags, ModelFlags {
  readonly followLinks?: boolean;
  readonly scales?: string;
  readonly fit?: string;
  readonly activations?: string;
  readonly backend: BackendChoice;
  readonly distribution: Distribution;
  readonly seed: number;
  readonly sequenceLength: number;
  readonly queries?: number;
  readonly writer: Writer;
  readonly warnSqnr?: number;
  readonly minSqnr?: number;
  readonly maxClipRate?: number;
  readonly perHead?: boolean;
}

/** `kvscale verify REF` */
export function verifyCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const command = newReadingCommand(
    "verify",
    "run an FP8 cache with these scales and tell what it costs in accuracy",
  )
    .argument("<ref>", "the checkpoint")
    .option("--scales <ref>", "judge the scales of another checkpoint or file, or `unit` for 1.0 everywhere")
    .option("--fit <ref>", "draw values as large as this checkpoint's scales allow, not those of <ref>")
    .option(
      "--activations <file>",
      "captured layers.N.q, .k and .v in a safetensors file, not values of the model",
    )
    .addOption(
      new Option("--backend <name>", "where the kernel runs")
        .choices(BACKEND_CHOICES)
        .env("KVSCALE_BACKEND")
        .default("auto"),
    )
    .addOption(
      new Option("--distribution <name>", "of synthetic values").choices(DISTRIBUTIONS).default("normal"),
    )
    .addOption(new Option("--seed <n>", "of synthetic values").argParser(wholeNumber).default(0))
    .addOption(
      new Option("--sequence-length <n>", "keys a layer attends over, and longest sequence of text")
        .argParser(positiveInteger)
        .default(512),
    )
    .option(
      "--queries <n>",
      "positions that ask, the last ones (default: 4; of a model's text 32)",
      positiveInteger,
    )
    .addOption(
      new Option("--writer <name>", "how values become FP8: as GPUs do it, or as vLLM's CPU backend does")
        .choices(["cuda", "vllm-cpu"])
        .default("cuda"),
    )
    .option("--min-sqnr <dB>", "below it a layer fails (default: 20 for e4m3)", aNumber)
    .option("--warn-sqnr <dB>", "below it a layer is warned about (default: 25 for e4m3)", aNumber)
    .option("--max-clip-rate <share>", "a larger share of saturated values fails (default: 0.0001)", aShare)
    .option("--per-head", "show the figures of every query head too");
  return withReports(withModelOptions(command)).action(async (ref: string, flags: Flags) => {
    exit(
      await run("verify", flags, terminal, async (io) => {
        const { verify } = await import("../../operations/verify.js");
        const { verifyText } = await import("../../report/verify-text.js");
        const deps = await depsOf(flags);
        const report = await verify({ ref, ...inputOf(flags) }, io, deps);
        const perHead = flags.perHead === true;
        return {
          data: report,
          render: (view) => verifyText(report, view, perHead),
          exit: report.ok ? "ok" : "verdict",
          telling: () => tellingOf(ref, flags, report, deps),
        };
      }),
    );
  });
}

/** The page of a verify run also shows what `inspect` says of the checkpoint. */
async function tellingOf(ref: string, flags: Flags, report: VerifyReport, deps: Deps): Promise<Telling> {
  const { verifyCases } = await import("../../report/cases.js");
  const { verifyOutputs } = await import("../../report/outputs.js");
  const { verifyPage } = await import("../../report/page/verify-page.js");
  const { inspect } = await import("../../operations/inspect.js");
  const { name, instructionSet } = report.backend;
  const others = [flags.scales === "unit" ? undefined : flags.scales, flags.fit, flags.activations];
  const silent = { emit: () => {}, signal: new AbortController().signal };
  return {
    deps,
    subject: report.label,
    cases: verifyCases(report),
    outputs: verifyOutputs(report),
    inputs: [ref, ...others.filter((other) => other !== undefined)],
    given: [flags.text, flags.tokens].filter((file) => file !== undefined),
    backend: instructionSet === undefined ? name : `${name} ${instructionSet}`,
    page: async (provenance) => verifyPage(report, await inspect({ ref }, silent, deps), provenance),
  };
}

function inputOf(flags: Flags) {
  const {
    scales,
    fit,
    activations,
    backend,
    distribution,
    seed,
    queries,
    writer,
    sequenceLength: keys,
  } = flags;
  const { minSqnr: failSqnr, warnSqnr: minSqnr, maxClipRate } = flags;
  return {
    ...defined({ scales, fit, activations, queries }),
    ...modelInput(flags),
    ...{ backend, distribution, seed, keys, writer },
    thresholds: defined({ failSqnr, minSqnr, maxClipRate }),
  };
}
