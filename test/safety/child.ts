import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
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
}

/** `killAt` numbers the file operation at which the process dies; 0 only counts them. */
export interface Settings {
  readonly killAt?: number;
  readonly uid?: number;
}

/** A program that is compiled before the tests of a file, and removed after them. */
export function mergeProgram(): Program {
  let [folder, main, preload] = ["", "", ""];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kvscale-program-"));
    main = compile("run-merge.ts", folder);
    preload = compile("kill-at.ts", folder);
    openToAll(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const start = (order: MergeOrder, { killAt, uid }: Settings = {}) => {
    const preloaded = killAt === undefined ? [] : ["--import", preload];
    const env = { ...process.env, KILL_AT: String(killAt) };
    return spawn(process.execPath, [...preloaded, main, JSON.stringify(order)], { env, ...user(uid) });
  };
  return { start, run: (order, settings) => ending(start(order, settings)) };
}

/** Lets every user read a folder and what is in it, whatever the umask. */
export function openToAll(folder: string): void {
  execFileSync("chmod", ["-R", "a+rX", folder]);
}

/** True where a process of the user `uid` can be started, and reach the folder of temporary files. */
export function canStartAs(uid: number): boolean {
  const probe = "require('fs').accessSync(process.argv[1], 1)";
  try {
    execFileSync(process.execPath, ["-e", probe, tmpdir()], { stdio: "ignore", ...user(uid) });
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
