// Looks for leaks behind the addon: runs addon_calls.mjs under LeakSanitizer, on a build of its own in a temporary
// folder. Memory of the addon is LeakSanitizer's to find; JavaScript buffers that stay pinned, the collector's. Then
// breaks binding.cc in several ways, each of which must be found. Node's own reports are not ours: only stacks through the
// addon count.
//   node native/test/leaks.mjs [COUNT]     calls of each kind, 1000 unless told; needs GCC's liblsan
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const DEFECTS = {
  "no defect": { edit: ["", ""], found: false },
  "a task that leaves its pins behind": { edit: ["  Pins pins;\n  P problem", "  Pins& pins = *new Pins;\n  P problem"], found: true },
  "a promise made before its task is read": {
    edit: ["  Task<P> task_;", "  Napi::Promise::Deferred early_{Env()};\n  Task<P> task_;"],
    found: true,
  },
  "a job that never dies": { edit: ["void OnOK() override {", "void OnOK() override { SuppressDestruct();"], found: true },
  "a pin that is never given up": {
    edit: ["pins.push_back(Napi::Persistent(info[1].As<Napi::Object>()));",
      "pins.push_back(Napi::Persistent(info[1].As<Napi::Object>())); pins.back().SuppressDestruct();"],
    found: true,
  },
};

const native = dirname(dirname(fileURLToPath(import.meta.url)));
const sanitizer = (await ended("g++", ["-print-file-name=liblsan.so"])).stdout.trim();
if (!existsSync(sanitizer)) {
  console.error("missing: GCC's LeakSanitizer (on Debian: apt-get install g++)");
  process.exit(4);
}
const room = mkdtempSync(join(tmpdir(), "kvscale-leaks-"));
process.on("exit", () => rmSync(room, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
cpSync(native, join(room, "native"), { recursive: true, filter: (path) => path !== join(native, "build") });
symlinkSync(join(dirname(native), "node_modules"), join(room, "node_modules"));

let wrong = 0;
for (const [name, { edit, found }] of Object.entries(DEFECTS)) {
  await build(...edit);
  const leaks = await leaksOf(join(room, "build", "Release", "cpu.node"));
  const right = leaks.length > 0 === found;
  console.log(`${right ? "right" : "WRONG"}  ${name}: ${leaks.length > 0 ? leaks.join("; ") : "nothing leaked"}`);
  if (!right) wrong++;
}
process.exitCode = wrong === 0 ? 0 : 1;

/** Builds the addon with an edit of its binding. */
async function build(from, to) {
  const source = readFileSync(join(native, "binding.cc"), "utf8");
  if (!source.includes(from)) throw new Error(`does not apply: ${from}`);
  writeFileSync(join(room, "native", "binding.cc"), source.replace(from, to));
  const tool = createRequire(import.meta.url).resolve("cmake-js/bin/cmake-js");
  const options = ["compile", "-d", join(room, "native"), "-O", join(room, "build"), "--CDCMAKE_CXX_FLAGS_RELEASE=-O1 -g1"];
  const { status, stdout, stderr } = await ended(process.execPath, [tool, ...options], { cwd: room });
  if (status !== 0) throw new Error(`the addon was not built:\n${stdout}${stderr}`);
}

/** What leaked, in words: kinds of calls that keep buffers, and blocks that the addon allocated and lost. */
async function leaksOf(addon) {
  const calls = join(native, "test", "addon_calls.mjs");
  const { stdout, stderr, status } = await ended(process.execPath, ["--expose-gc", calls, addon, process.argv[2] ?? "1000"], {
    env: { ...process.env, LD_PRELOAD: sanitizer, LSAN_OPTIONS: "malloc_context_size=20:exitcode=0" },
  });
  if (!/ x cancelled write/.test(stdout) || !/LeakSanitizer|^$/.test(stderr)) throw new Error(`ended by ${status}:\n${stdout}${stderr}`);
  const pinned = stdout.split("\n").filter((line) => line.startsWith("FAIL"));
  const lost = stderr.split("\n\n").filter((block) => /leak of/.test(block) && block.includes("cpu.node"));
  const bytes = lost.reduce((sum, block) => sum + Number(/leak of (\d+) byte/.exec(block)?.[1] ?? 0), 0);
  return [
    ...(pinned.length > 0 ? [`${pinned.length} kinds of calls keep buffers (${pinned[0].slice(6)})`] : []),
    ...(lost.length > 0 ? [`${bytes} bytes lost in ${lost.length} places`] : []),
  ];
}

/** A process and its end: an exit status, or the name of a signal. */
function ended(file, args, options = {}) {
  return new Promise((resolve) => {
    execFile(file, args, { maxBuffer: 1 << 28, ...options }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : (error.signal ?? error.code), stdout, stderr }));
  });
}
