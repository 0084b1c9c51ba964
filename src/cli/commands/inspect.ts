import { type Command, Option } from "commander";
import type { EngineId } from "../../engines/engine.js";
import type { InspectReport } from "../../operations/inspect.js";
import { defined } from "../defined.js";
import type { Telling } from "../delivery.js";
import { depsOf, engineOption, newReadingCommand, type ReportFlags, withReports } from "../globals.js";
import { type GlobalFlags, run } from "../run.js";
import type { Terminal } from "../terminal.js";

interface Flags extends GlobalFlags, ReportFlags {
  readonly followLinks?: boolean;
  readonly engine?: EngineId;
  readonly platform: "cuda" | "rocm-fnuz" | "rocm-ocp" | "cpu";
  readonly strict?: boolean;
}

/** `kvscale inspect REF` */
export function inspectCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const command = newReadingCommand(
    "inspect",
    "show the KV scales of a checkpoint, what is wrong, and what each engine will do",
  )
    .argument("<ref>", "the checkpoint")
    .addOption(engineOption("tell about this engine only, in full"))
    .addOption(
      new Option("--platform <platform>", "where the engine runs")
        .choices(["cuda", "rocm-fnuz", "rocm-ocp", "cpu"])
        .env("KVSCALE_PLATFORM")
        .default("cuda"),
    )
    .option("--strict", "exit 1 when there is a finding of severity error, or the engine is not ready");
  return withReports(command).action(async (ref: string, flags: Flags) => {
    exit(
      await run("inspect", flags, terminal, async (io) => {
        const { inspect } = await import("../../operations/inspect.js");
        const { inspectText } = await import("../../report/inspect-text.js");
        const deps = await depsOf(flags);
        const input = { ref, platform: flags.platform, ...defined({ engine: flags.engine }) };
        const report = await inspect(input, io, deps);
        const no = flags.strict === true && !report.ok;
        return {
          data: report,
          render: (view) => inspectText(report, view),
          exit: no ? "verdict" : "ok",
          telling: () => tellingOf(ref, report, deps),
        };
      }),
    );
  });
}

async function tellingOf(ref: string, report: InspectReport, deps: Telling["deps"]): Promise<Telling> {
  const { inspectCases } = await import("../../report/cases.js");
  const { inspectOutputs } = await import("../../report/outputs.js");
  const { inspectPage } = await import("../../report/page/inspect-page.js");
  return {
    deps,
    subject: report.checkpoint.label,
    cases: inspectCases(report),
    outputs: inspectOutputs(report),
    inputs: [ref],
    page: (provenance) => inspectPage(report, provenance),
  };
}
