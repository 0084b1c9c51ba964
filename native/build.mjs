// Builds the native addon into native/build with the compiler of this machine and header packages from node_modules;
// nothing is downloaded. `npm run build:native` fails when it cannot; with --optional (npm's `prepare`, which runs in a
// clone and never for an installed package) it says so in one line and succeeds: the TypeScript reference serves then.
// An installed package has it too, for machines that no addon came for: `node node_modules/kvscale/native/build.mjs`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const native = dirname(fileURLToPath(import.meta.url));
const build = join(native, "build");
const optional = process.argv.includes("--optional");

if (process.env["KVSCALE_SKIP_NATIVE"] === "1") finish(undefined, "skipped: KVSCALE_SKIP_NATIVE=1");
const missing = missingTool();
if (missing !== undefined) finish(missing);
const { status, output } = compile();
if (status !== 0) finish(`the compiler failed; its output is in ${save(output)}`);
finish(undefined, `built ${join("native", "build", "Release", "cpu.node")}`);

function missingTool() {
  const compilers = [process.env["CXX"], "c++", "g++", "clang++", "cl"].filter((name) => name);
  if (!existsSync(join(native, "CMakeLists.txt"))) return "its sources are not in this package";
  if (!runs("cmake")) return "cmake is not installed";
  if (!compilers.some(runs)) return "no C++ compiler is installed";
  const absent = ["cmake-js/bin/cmake-js", "node-addon-api"].filter((name) => resolved(name) === undefined);
  if (absent.length > 0) return "npm install cmake-js node-addon-api comes first";
  return undefined;
}

function runs(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).error === undefined;
}

function resolved(name) {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}

function compile() {
  const run = spawnSync(process.execPath, [resolved("cmake-js/bin/cmake-js"), "compile", "-d", native, "-O", build], {
    cwd: dirname(native),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { status: run.status, output: `${run.stdout}${run.stderr}` };
}

function save(output) {
  mkdirSync(build, { recursive: true });
  writeFileSync(join(build, "build.log"), output);
  return join("native", "build", "build.log");
}

function finish(problem, success) {
  if (problem === undefined) console.log(`native addon ${success}`);
  else console.error(`native addon not built: ${problem}. kvscale works without it, by its TypeScript reference.`);
  process.exit(problem === undefined || optional ? 0 : 1);
}
