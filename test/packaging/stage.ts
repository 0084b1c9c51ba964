import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** The repository. */
export const ROOT = resolve(import.meta.dirname, "../..");

/** The addon that this clone built, which a packed package brings along. */
export const BUILT = "native/build/Release/cpu.node";

/** One file of an unpacked package: its path below the package, and its bytes. */
export interface PackedFile {
  readonly path: string;
  readonly bytes: Buffer;
}

/**
 * Packs the package as a release does, from a copy of its parts in `folder`, and returns the tarball's path: `npm pack`
 * with npm's own hooks, so that dist is fresh and nobody else's dist is touched. The addon is the one that was built here.
 */
export function pack(folder: string): string {
  for (const part of PARTS) copy(part, join(folder, part));
  for (const other of OTHERS) {
    mkdirSync(join(folder, other), { recursive: true });
    writeFileSync(join(folder, other, "not-for-users.json"), "{}");
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  const env = { ...process.env, KVSCALE_SKIP_NATIVE: "1" };
  npm(["pack", "--silent", "--pack-destination", folder], { cwd: folder, env });
  return join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz"))!);
}

/**
 * Unpacks a tarball where npm would put it below `folder`, with the runtime dependencies of the lock file beside it and no
 * others. Returns the package's folder. Nothing is run, as with `npm install --ignore-scripts`; nothing is fetched either.
 */
export function unpack(tarball: string, folder: string): string {
  const modules = join(folder, "node_modules");
  const target = join(modules, "kvscale");
  mkdirSync(target, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
  for (const name of runtimeDependencies()) link(join(ROOT, "node_modules", name), join(modules, name));
  return target;
}

/** Every file of a folder, with its bytes, in order of paths. */
export function filesOf(folder: string): PackedFile[] {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return paths
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => ({ path: path.replaceAll("\\", "/"), bytes: readFileSync(join(folder, path)) }));
}

/** npm, by the Node that runs this. Throws with what it printed where it fails. */
export function npm(args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): string {
  const outside = Object.entries(options.env ?? process.env).filter(([name]) => !/^npm_/i.test(name));
  const env = Object.fromEntries(outside);
  return execFileSync("npm", args, {
    ...options,
    env,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
}

const PARTS = [
  ...[
    "package.json",
    "build.mjs",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    "tsconfig.json",
    "tsconfig.build.json",
  ],
  ...["bin", "docs", "native", "schemas", "src"],
];

/** Folders of which nothing may come along. */
const OTHERS = [".github", "fixtures", "native/bench", "native/test", "scratch", "test"];

function copy(part: string, target: string): void {
  const build = join(ROOT, "native/build");
  cpSync(join(ROOT, part), target, { recursive: true, filter: (path) => path !== build });
  if (part !== "native" || !existsSync(join(ROOT, BUILT))) return;
  mkdirSync(join(target, "build/Release"), { recursive: true });
  cpSync(join(ROOT, BUILT), join(target, "build/Release", basename(BUILT)));
}

function runtimeDependencies(): string[] {
  const lock: Lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  return Object.entries(lock.packages)
    .filter(([path, { dev, optional }]) => !dev && !optional && /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path))
    .map(([path]) => path.slice("node_modules/".length));
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;
}

function link(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(from, to, "junction");
}
