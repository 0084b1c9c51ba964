// Breaks the kernel on purpose, one defect at a time, and runs the native tests on each: every defect must be noticed.
// Works on copies in a temporary folder, one for every two processors; prints a table; exit code 1 when a defect lived,
// or did not apply or compile.
//   node native/test/mutants.mjs [PART]   all defects, or those whose name contains PART
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFECTS } from "./defects.mjs";

const native = dirname(dirname(fileURLToPath(import.meta.url)));
const room = mkdtempSync(join(tmpdir(), "kvscale-mutants-"));
process.on("exit", () => rmSync(room, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

const benches = Array.from({ length: Math.max(1, availableParallelism() >> 1) }, (_, at) => join(room, String(at)));
await Promise.all(benches.map(setUp));
const defects = Object.entries(DEFECTS).filter(([name]) => name.includes(process.argv[2] ?? ""));
const sound = await outcome(benches[0]);
console.log(`${sound.status === 0 ? "green" : "RED  "}  no defect: ${sound.words}`);
let noticed = 0;
const left = sound.status === 0 ? defects.values() : [];
await Promise.all(benches.map(async (bench) => {
  for (const [name, edits] of left) if (await judged(bench, name, edits)) noticed += 1;
}));
console.log(`${noticed} of ${defects.length} defects noticed`);
process.exitCode = noticed === defects.length ? 0 : 1;

/** Applies a defect, judges it, and takes it back. 1 when it was noticed, else 0. */
async function judged(bench, name, edits) {
  const copy = join(bench, "native");
  const before = new Map(edits.map(([file]) => [file, readFileSync(join(copy, file), "utf8")]));
  const after = new Map(before);
  for (const [file, pattern, replacement] of edits) {
    const text = after.get(file).replace(pattern, replacement);
    if (text === after.get(file)) return told(name, 0, `does not apply: ${pattern} in ${file}`);
    after.set(file, text);
  }
  for (const [file, text] of after) writeFileSync(join(copy, file), text);
  const { status, words } = await outcome(bench);
  for (const [file, text] of before) writeFileSync(join(copy, file), text);
  // 1 is a failed expectation; a crash by signal is noticed as well. Not to compile proves nothing.
  return told(name, status !== 0 && status !== "no build" ? 1 : 0, words);
}

function told(name, noticed, words) {
  console.log(`${noticed ? "red  " : "LIVES"}  ${name}: ${words}`);
  return noticed;
}

/** A copy with a build of its own, optimised less than what ships: half a hundred builds take long enough. */
async function setUp(bench) {
  cpSync(native, join(bench, "native"), { recursive: true, filter: (path) => path !== join(native, "build") });
  const options = ["-DKVSCALE_PROGRAMS=ON", "-DCMAKE_CXX_FLAGS_RELEASE=-O1"];
  const { status, stderr } = await ended("cmake", ["-S", join(bench, "native"), "-B", join(bench, "build"), ...options]);
  if (status !== 0) throw new Error(stderr);
}

/** Builds and runs the tests up to the first that fails. */
async function outcome(bench) {
  const build = join(bench, "build");
  const made = await ended("cmake", ["--build", build, "--target", "kvscale_test", "--parallel", "2"]);
  if (made.status !== 0) return { status: "no build", words: /error: .*/.exec(made.stdout + made.stderr)?.[0] ?? "no build" };
  const { status, stdout } = await ended(join(build, "test", "kvscale_test"), ["--stop"], { timeout: 300_000 });
  const failed = /^FAIL\s+(.*) \(/m.exec(stdout)?.[1];
  return { status, words: failed ?? (typeof status === "string" ? `ended by ${status}` : stdout.trim().split("\n").at(-1)) };
}

/** A process and its end: an exit status, or the name of a signal. */
function ended(file, args, options = {}) {
  return new Promise((resolve) => {
    execFile(file, args, { maxBuffer: 1 << 28, ...options }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : (error.signal ?? error.code), stdout, stderr }));
  });
}
