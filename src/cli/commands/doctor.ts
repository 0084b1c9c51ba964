import type { Command } from "commander";
import { newCommand } from "../globals.js";
import { type GlobalFlags, run } from "../run.js";
import type { Terminal } from "../terminal.js";
import { version } from "../version.js";

/** `kvscale doctor` */
export function doctorCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return newCommand("doctor", "tell what this machine can do").action(async (flags: GlobalFlags) => {
    exit(
      await run("doctor", flags, terminal, async () => {
        const { doctor } = await import("../../operations/doctor.js");
        const { doctorText } = await import("../../report/doctor-text.js");
        const report = await doctor(version());
        return { data: report, render: (view) => doctorText(report, view) };
      }),
    );
  });
}
