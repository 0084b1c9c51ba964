import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "./compiled.js";
import type { MergeOrder } from "./run-merge.js";

/** How a merge in another process ended, and what it said. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Starts merges in processes of their own. */
export interface Program {
  start(order: MergeOrder, settings?: Settings): ChildProcessWithoutNullStreams;
  run(order: MergeOrder, settings?: Settings): Promise<Ending>;
  /** Lets everybody read it; answers whether the user `uid` can start it indeed. */
  openTo(uid: number): boolean;
  remove(): void;
}

/** `killAt` numbers the file operation at which the process dies; 0 only counts them. */
export interface Settings {
  readonly killAt?: number;
  readonly uid?: number;
}

/** Compiles the program; the caller removes it. */
export function mergeProgram(): Program {
  const folder = mkdtempSync(join(tmpdir(), "kvscale-program-"));
  chmodSync(folder, 0o755);
  const main = compile("run-merge.ts", folder);
  const preload = compile("kill-at.ts", folder);
  const start = (order: MergeOrder, { killAt, uid }: Settings = {}) => {
    const preloaded = killAt === undefined ? [] : ["--import", preload];
    const env = { ...process.env, KILL_AT: String(killAt) };
    return spawn(process.execPath, [...preloaded, main, JSON.stringify(order)], { env, ...user(uid) });
  };
  return {
    start,
    run: (order, settings) => ending(start(order, settings)),
    openTo: (uid) => {
      openToAll(folder);
      return succeeds(process.execPath, ["--check", main], uid);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Lets every user read a folder and what is in it, whatever the umask. */
export function openToAll(folder: string): void {
  execFileSync("chmod", ["-R", "a+rX", folder]);
}

function succeeds(program: string, args: readonly string[], uid: number): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore", ...user(uid) });
    return true;
  } catch {
    return false;
  }
}

/** The working directory may be closed to the other user. */
function user(uid: number | undefined) {
  return uid === undefined ? {} : { uid, gid: uid, cwd: "/" };
}

/** Waits for a process to end, gathering what it says. */
export async function ending(child: ChildProcessWithoutNullStreams): Promise<Ending> {
  let [out, err] = ["", ""];
  child.stdout.on("data", (data) => (out += data));
  child.stderr.on("data", (data) => (err += data));
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, out, err };
}

/** Waits until a process has said `word` on its standard output. */
export async function says(child: ChildProcessWithoutNullStreams, word: string): Promise<void> {
  let said = "";
  for await (const data of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(data);
    if (said.includes(word)) return;
  }
  throw new Error(`the process ended before it said ${word}; it said ${said}`);
}
