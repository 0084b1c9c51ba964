import { readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** What a hidden sibling of an output is: the result being built, or the old result being replaced. */
export type LeftoverKind = "staging" | "backup";

/** A hidden sibling's name, taken apart. */
export interface Leftover {
  readonly kind: LeftoverKind;
  /** Name of the output it belongs to. */
  readonly target: string;
  readonly pid: number;
  /** Which machine (and process-id namespace) `pid` belongs to. */
  readonly machine: string;
  /** Shared by the two siblings of one run, so that each tells what became of the other. */
  readonly run: string;
}

/** Fresh names for the hidden siblings of the output `target`: `.<target>.kvscale-<pid>-<machine><random>[-old]`. */
export function leftoverNames(target: string): Record<LeftoverKind, string> {
  const staging = `.${target}.kvscale-${process.pid}-${thisMachine()}${crypto().randomBytes(4).toString("hex")}`;
  return { staging, backup: `${staging}-old` };
}

/** Takes such a name apart; nothing for any other name. */
export function parseLeftover(name: string): Leftover | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, target, pid, machine, random, old] = match;
  const run = `${pid}-${machine}${random}`;
  return {
    kind: old === undefined ? "staging" : "backup",
    target: target!,
    pid: Number(pid),
    machine: machine!,
    run,
  };
}

/** Name of the hidden sibling of the output `target` that holds what was downloaded for it; the same in every run. */
export function downloadsName(target: string): string {
  return `.${target}.kvscale-download`;
}

/** True for names that only we give, to things that are not finished. */
export function isOurLeftover(name: string): boolean {
  return NAME.test(name) || /^\..+\.kvscale-download$/s.test(name);
}

/** True when the process that made it can be seen to have ended: same machine, and no such process any more. */
export function isAbandoned(leftover: Leftover): boolean {
  if (leftover.machine !== thisMachine()) return false;
  try {
    process.kill(leftover.pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

const NAME = /^\.(.+)\.kvscale-(\d{1,10})-([0-9a-f]{6})([0-9a-f]{8})(-old)?$/s;

/**
 * A process id means nothing on another host of a shared disk, nor in another container: six digits of a hash
 * over host name and process-id namespace keep such runs from tidying each other away.
 */
function thisMachine(): string {
  return crypto()
    .createHash("sha256")
    .update(`${hostname()} ${processNamespace()}`)
    .digest("hex")
    .slice(0, 6);
}

/** Loaded with the first name that is made: it costs a tenth of the start of a command that only reads names. */
function crypto() {
  return process.getBuiltinModule("node:crypto");
}

function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return process.platform;
  }
}
