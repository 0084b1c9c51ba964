import { execFile } from "node:child_process";

/**
 * Loads an addon in a child process and lets it compute once, so that a build that crashes (a wrong
 * libc, an instruction that this machine lacks) takes the child down and not us. Returns why it cannot
 * be used, or undefined. Each file is tried once per process.
 */
export function probeAddon(file: string): Promise<string | undefined> {
  const known = verdicts.get(file);
  if (known !== undefined) return known;
  const verdict = tryInChild(file);
  verdicts.set(file, verdict);
  return verdict;
}

const verdicts = new Map<string, Promise<string | undefined>>();

/** Longer than the slowest load on a busy machine; a build that hangs is as unusable as one that crashes. */
const LIMIT_MS = 30_000;

/** Loads, asks for the reason why calls cannot succeed, then attends to one key by way of the chosen instruction set. */
const TRIAL = `
  const addon = require(process.argv[1]);
  const { unavailable } = addon.info();
  if (unavailable !== null) throw new Error(unavailable);
  const pool = { data: new Uint8Array(64).fill(0x38), blockStride: 64, slotStride: 64, headStride: 64, headSize: 64 };
  const out = new Float32Array(64);
  addon.attend({
    format: 0, heads: 1, kvHeads: 1, blockSize: 1, blocks: 1, sequences: 1, maxBlocks: 1, key: pool, value: pool,
    kScale: Float32Array.of(1), vScale: Float32Array.of(2), threads: 1, blockTables: Int32Array.of(0),
    seqLens: Int32Array.of(1), query: new Float32Array(64), softmaxScale: 1, window: 0, softcap: 0, out, precise: false,
  }).then(() => { if (!out.every((value) => value === 2)) throw new Error("it computes wrong results"); });
`;

function tryInChild(file: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["-e", TRIAL, file], { timeout: LIMIT_MS }, (error, _stdout, stderr) => {
      resolve(error === null ? undefined : failureOf(error, stderr));
    });
  });
}

function failureOf(
  { killed, signal, message }: Error & { killed?: boolean; signal?: string },
  stderr: string,
): string {
  if (killed) return `it did not answer within ${LIMIT_MS / 1000} seconds`;
  if (signal) return `it crashes on this machine (${signal})`;
  const thrown = stderr.split("\n").find((line) => /^\w*Error: /.test(line));
  return thrown?.replace(/^\w*Error: /, "") ?? message;
}
