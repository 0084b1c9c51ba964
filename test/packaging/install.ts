/**
 * Packs the package, installs the tarball in an empty folder with scripts disabled and dependencies from npm, and uses it
 * there with the Node that runs this. Prints sizes and seconds; fails where anything does. Run:
 *   npx tsx test/packaging/install.ts [--native] [TARBALL]         with --native the kernel must have come along
 *   npx -y -p node@latest -- node node_modules/tsx/dist/cli.mjs test/packaging/install.ts     (another Node)
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { filesOf, npm, pack, ROOT } from "./stage.js";

const CHECKPOINTS = join(ROOT, "fixtures/checkpoints");
const FP8 = join(CHECKPOINTS, "modelopt-fp8");
const VERIFY = ["verify", FP8, "--data", "synthetic", "--min-sqnr", "1", "--warn-sqnr", "2"];

/** What a user does first; each must succeed. */
const COMMANDS = [
  ["--version"],
  ["doctor"],
  ["inspect", FP8],
  ["merge", join(CHECKPOINTS, "base-indexed"), "--from", FP8, "-o", "merged", "--engine", "vllm"],
  ["inspect", "merged", "--engine", "vllm", "--strict"],
  VERIFY,
  [...VERIFY, "--backend", "reference"],
];

const wantsNative = process.argv.includes("--native");
const room = mkdtempSync(join(tmpdir(), "kvscale-install-"));
try {
  const tarball = given() ?? timed("pack", () => pack(made("stage")));
  const user = made("user");
  timed("install", () => install(tarball, user));
  tellSizes(tarball, join(user, "node_modules"));
  console.log(`Node ${process.version}, ${process.platform}-${process.arch}`);
  for (const words of [...COMMANDS, ...(wantsNative ? [[...VERIFY, "--backend", "cpu"]] : [])])
    timed(`kvscale ${told(words)}`, () => kvscale(user, words));
  timed('import { inspect } from "kvscale"', () => useLibrary(user));
} finally {
  rmSync(room, { recursive: true });
}

function given(): string | undefined {
  const tarball = process.argv.slice(2).find((word) => !word.startsWith("--"));
  return tarball === undefined ? undefined : resolve(tarball);
}

function made(name: string): string {
  mkdirSync(join(room, name));
  return join(room, name);
}

function install(tarball: string, folder: string): void {
  writeFileSync(join(folder, "package.json"), "{}");
  npm(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", tarball], { cwd: folder });
}

/** The program as npm linked it, run by this Node. Throws with all it printed unless it exits with 0. */
function kvscale(folder: string, words: readonly string[]): void {
  const program = join(folder, "node_modules/kvscale/bin/kvscale.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    ...{ cwd: folder, encoding: "utf8" },
  });
  if (status !== 0) throw new Error(`exit ${status}\n${stdout}${stderr}`);
  if (words[0] === "doctor") console.log(stdout.trimEnd().replaceAll(/^/gm, "    "));
}

function useLibrary(folder: string): void {
  const source = `import { inspect } from "kvscale";
    const report = await inspect({ ref: ${JSON.stringify(FP8)} }, { emit() {}, signal: new AbortController().signal });
    if (report.scales.length !== 6) throw new Error("expected 6 scales");`;
  writeFileSync(join(folder, "use.mjs"), source);
  execFileSync(process.execPath, ["use.mjs"], { cwd: folder });
}

function tellSizes(tarball: string, modules: string): void {
  const ours = filesOf(join(modules, "kvscale"));
  const addons = ours.filter(({ path }) => path.endsWith(".node"));
  const all = filesOf(modules);
  console.log(
    `tarball ${megabytes(statSync(tarball).size)}, unpacked ${megabytes(sum(ours))} in ${ours.length} files`,
  );
  for (const addon of addons) console.log(`  ${addon.path} ${megabytes(addon.bytes.length)}`);
  console.log(`node_modules ${megabytes(sum(all))} in ${all.length} files`);
}

function sum(files: readonly { readonly bytes: Buffer }[]): number {
  return files.reduce((total, { bytes }) => total + bytes.length, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

function told(words: readonly string[]): string {
  return words.map((word) => word.replace(`${CHECKPOINTS}/`, "")).join(" ");
}

function timed<T>(what: string, work: () => T): T {
  const begin = performance.now();
  const result = work();
  console.log(`${((performance.now() - begin) / 1000).toFixed(2).padStart(6)} s  ${what}`);
  return result;
}
