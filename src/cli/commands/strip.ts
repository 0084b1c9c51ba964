import type { Command } from "commander";
import { depsOf, newReadingCommand, type WritingFlags, withWriting } from "../globals.js";
import { type DestinationFlags, destinationOf, withDestination } from "../push-flags.js";
import { type GlobalFlags, run } from "../run.js";
import type { Terminal } from "../terminal.js";
import { writeTelling } from "../write-telling.js";

interface Flags extends GlobalFlags, WritingFlags, DestinationFlags {
  readonly followLinks?: boolean;
}

/** `kvscale strip REF -o OUT` */
export function stripCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const command = newReadingCommand(
    "strip",
    "take KV scales and their config keys out, for GGUF converters and 16-bit caches",
  ).argument("<ref>", "the checkpoint");
  return withWriting(withDestination(command)).action(async (ref: string, flags: Flags) => {
    exit(
      await run("strip", flags, terminal, async (io) => {
        const { strip } = await import("../../operations/strip.js");
        const { writeText } = await import("../../report/write-text.js");
        const deps = await depsOf(flags);
        const report = await strip({ ref, writing: await destinationOf(flags) }, io, deps);
        return {
          data: report,
          render: (view) => writeText(report, view),
          telling: () => writeTelling("strip", report, deps),
        };
      }),
    );
  });
}
