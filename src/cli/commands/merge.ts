import type { Command } from "commander";
import { defined } from "../defined.js";
import {
  depsOf,
  type EngineFlags,
  engineOption,
  mapOption,
  newReadingCommand,
  positiveInteger,
  type WritingFlags,
  withWriting,
} from "../globals.js";
import { type DestinationFlags, destinationOf, withDestination } from "../push-flags.js";
import { type GlobalFlags, run } from "../run.js";
import type { Terminal } from "../terminal.js";
import { writeTelling } from "../write-telling.js";

interface Flags extends GlobalFlags, WritingFlags, DestinationFlags, EngineFlags {
  readonly followLinks?: boolean;
  readonly from: string;
  readonly replace?: boolean;
  readonly singleFile?: boolean;
  readonly ranks?: number;
}

/** `kvscale merge BASE --from REF -o OUT` */
export function mergeCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const command = newReadingCommand("merge", "put KV scales into a checkpoint that has none")
    .argument("<base>", "the checkpoint that gets the scales, usually 16-bit")
    .requiredOption(
      "--from <ref>",
      "where the scales are: an FP8 checkpoint, a file of scales, a JSON sidecar",
    )
    .addOption(engineOption("write what this engine reads; otherwise the spelling follows the source"))
    .addOption(mapOption())
    .option("--replace", "scales that the base already has give way")
    .option("--single-file", "one rewritten model.safetensors instead of a shard beside the base's")
    .option("--ranks <n>", "tensor-parallel ranks that a JSON sidecar is written for", positiveInteger);
  return withWriting(withDestination(command)).action(async (base: string, flags: Flags) => {
    exit(
      await run("merge", flags, terminal, async (io) => {
        const { merge } = await import("../../operations/merge.js");
        const { writeText } = await import("../../report/write-text.js");
        const deps = await depsOf(flags);
        const { from, engine, map: renames, replace, singleFile, ranks } = flags;
        const asked = { ...defined({ engine, replace, singleFile, ranks }), renames };
        const report = await merge({ base, from, ...asked, writing: await destinationOf(flags) }, io, deps);
        return {
          data: report,
          render: (view) => writeText(report, view),
          telling: () => writeTelling("merge", report, deps),
        };
      }),
    );
  });
}
