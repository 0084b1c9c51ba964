import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

/**
 * Loaded before a program: counts every file operation it begins through `node:fs/promises`, and kills the process
 * at the one numbered by KILL_AT, before it happens. At the end, tells on stderr which there were.
 */
const killAt = Number(process.env["KILL_AT"]);
const begun: string[] = [];

const handle = await fs.open(import.meta.filename, "r");
const handleKind = Object.getPrototypeOf(handle) as Record<string, unknown>;
await handle.close();

instrument(fs as unknown as Record<string, unknown>);
instrument(handleKind);
syncBuiltinESMExports();
process.on("exit", () => process.stderr.write(begun.join(" ")));

function instrument(operations: Record<string, unknown>): void {
  for (const name of Object.getOwnPropertyNames(operations)) {
    const descriptor = Object.getOwnPropertyDescriptor(operations, name);
    const original: unknown = descriptor?.value;
    if (typeof original !== "function" || name === "constructor") continue;
    operations[name] = function (this: unknown, ...args: unknown[]): unknown {
      begun.push(name);
      if (begun.length === killAt) process.kill(process.pid, "SIGKILL");
      return Reflect.apply(original, this, args);
    };
  }
}
