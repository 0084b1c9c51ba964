import type { Command } from "commander";
import { depsOf, newReadingCommand } from "../globals.js";
import { type PushFlags, pushingOf, withPush } from "../push-flags.js";
import { pushTelling } from "../push-telling.js";
import { type GlobalFlags, run } from "../run.js";
import type { Terminal } from "../terminal.js";

interface Flags extends GlobalFlags, PushFlags {
  readonly followLinks?: boolean;
  readonly create?: boolean;
  readonly dryRun?: boolean;
}

/** `kvscale push DIR REPOSITORY` */
export function pushCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const command = newReadingCommand("push", "upload a checkpoint to the Hub: what differs, in one commit")
    .argument("<dir>", "the checkpoint")
    .argument("<repository>", "where to, as org/name")
    .option(
      "--create",
      "make the repository (public, but for --private), and the branch, where there is none",
    )
    .option("-n, --dry-run", "print what would be sent; change nothing");
  return withPush(command).action(async (ref: string, repository: string, flags: Flags) => {
    exit(
      await run("push", flags, terminal, async (io) => {
        const { push } = await import("../../operations/push.js");
        const { pushText } = await import("../../report/push-text.js");
        const { create = false, dryRun = false } = flags;
        const pushing = await pushingOf(repository, flags, { create, dryRun });
        const deps = await depsOf(flags);
        const report = await push({ ref, pushing }, io, deps);
        return {
          data: report,
          render: (view) => pushText(report, dryRun, view),
          telling: () => pushTelling(ref, report, dryRun, deps),
        };
      }),
    );
  });
}
