import type { Command } from "commander";
import type { EngineId } from "../../engines/engine.js";
import { defined } from "../defined.js";
import {
  depsOf,
  engineOption,
  newReadingCommand,
  positiveInteger,
  type WritingFlags,
  withWriting,
} from "../globals.js";
import { type DestinationFlags, destinationOf, withDestination } from "../push-flags.js";
import { type GlobalFlags, run } from "../run.js";
import type { Terminal } from "../terminal.js";
import { writeTelling } from "../write-telling.js";

interface Flags extends GlobalFlags, WritingFlags, DestinationFlags {
  readonly followLinks?: boolean;
  readonly engine: EngineId;
  readonly ranks?: number;
}

/** `kvscale convert REF --engine E -o OUT` */
export function convertCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const command = newReadingCommand(
    "convert",
    "spell and declare the KV scales of a checkpoint for another engine",
  )
    .argument("<ref>", "the checkpoint")
    .addOption(engineOption("the engine that shall read them").makeOptionMandatory())
    .option("--ranks <n>", "tensor-parallel ranks that a JSON sidecar is written for", positiveInteger);
  return withWriting(withDestination(command)).action(async (ref: string, flags: Flags) => {
    exit(
      await run("convert", flags, terminal, async (io) => {
        const { convert } = await import("../../operations/convert.js");
        const { writeText } = await import("../../report/write-text.js");
        const deps = await depsOf(flags);
        const { engine, ranks } = flags;
        const report = await convert(
          { ref, engine, ...defined({ ranks }), writing: await destinationOf(flags) },
          io,
          deps,
        );
        return {
          data: report,
          render: (view) => writeText(report, view),
          telling: () => writeTelling("convert", report, deps),
        };
      }),
    );
  });
}
