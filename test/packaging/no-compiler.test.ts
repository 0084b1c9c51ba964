import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const CHECKPOINT = join(ROOT, "fixtures/checkpoints/modelopt-fp8");
const NO_ADDON = /this installation has no native addon for \w+-\w+/;

let room: string;

/** A machine with nothing but Node, and on it an installed package that came without an addon. */
beforeAll(async () => {
  room = mkdtempSync(join(tmpdir(), "kvscale-bare-"));
  mkdirSync(join(room, "path"));
  symlinkSync(process.execPath, join(room, "path/node"));
  await install(join(room, "package"));
});
afterAll(() => rmSync(room, { recursive: true }));

describe("npm ci in a clone, without cmake and compiler", () => {
  it("succeeds, and says in one line that the reference serves", () => {
    const { status, stdout, stderr } = bare(join(ROOT, "native/build.mjs"), "--optional");
    expect([status, stdout]).toEqual([0, ""]);
    expect(stderr).toBe(
      "native addon not built: cmake is not installed. kvscale works without it, by its TypeScript reference.\n",
    );
  });

  it("fails with the same line where the addon was asked for", () => {
    const { status, stderr } = bare(join(ROOT, "native/build.mjs"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^native addon not built: cmake is not installed\..*\n$/);
  });

  it("names the compiler where only that is missing", () => {
    const tools = join(room, "tools");
    cpSync(join(room, "path"), tools, { recursive: true, verbatimSymlinks: true });
    symlinkSync(process.execPath, join(tools, "cmake")); // something that answers --version
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "native/build.mjs")], {
      encoding: "utf8",
      env: { PATH: tools },
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^native addon not built: no C\+\+ compiler is installed\./);
  });

  it("says so when it was told to skip the addon", () => {
    const { status, stdout } = bare(join(ROOT, "native/build.mjs"), { KVSCALE_SKIP_NATIVE: "1" });
    expect([status, stdout]).toEqual([0, "native addon skipped: KVSCALE_SKIP_NATIVE=1\n"]);
  });
});

describe("the program of a package without addon", () => {
  it("doctor: the reference serves, and why the others do not", () => {
    const { status, stdout } = kvscale("doctor", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout).data.backends).toMatchObject([
      { name: "cuda", available: false },
      { name: "cpu", available: false, reason: expect.stringMatching(NO_ADDON) },
      { name: "reference", available: true },
    ]);
  });

  it("verify --backend auto: runs on the reference, and says so", () => {
    const { stdout, stderr, status } = kvscale("verify", CHECKPOINT, "--backend", "auto", ...SHORT);
    expect([0, 1]).toContain(status); // the verdict, whichever it is
    expect(stderr).toMatch(
      /chose the reference backend, since for cpu this installation has no native addon/,
    );
    expect(stdout).toMatch(/backend reference/);
  });

  it("verify --backend cpu: refused, exit 4, with the reason and the way out", () => {
    const { stdout, stderr, status } = kvscale("verify", CHECKPOINT, "--backend", "cpu", ...SHORT);
    expect([status, stdout]).toEqual([4, ""]);
    expect(stderr).toMatch(/expected the cpu backend/);
    expect(stderr).toMatch(NO_ADDON);
    expect(stderr).toMatch(/--backend auto/);
  });
});

describe.skipIf(process.platform !== "linux")("an addon that came for glibc", () => {
  const folder = () => join(room, `package/prebuilds/linux-${process.arch}-glibc`);
  const cpuOf = (env: Record<string, string>) =>
    JSON.parse(bare(join(room, "package/bin/kvscale.js"), "doctor", "--json", env).stdout).data.backends[1];
  beforeAll(() => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), "cpu.node"), "no addon");
  });
  afterAll(() => rmSync(join(room, "package/prebuilds"), { recursive: true }));

  it.each([
    [
      "is tried under glibc",
      { header: { glibcVersionRuntime: "2.28" } },
      /-glibc\/cpu\.node cannot be used: /,
    ],
    [
      "is left alone under musl",
      { header: {} },
      /no native addon for linux-\w+-musl; `node .*build\.mjs` builds it/,
    ],
  ])("%s", (_, report, reason) => {
    const told = `process.report.getReport = () => (${JSON.stringify(report)})`;
    const preloaded = `--import=data:text/javascript,${encodeURIComponent(told)}`;
    expect(cpuOf({ NODE_OPTIONS: preloaded, HOME: room }).reason).toMatch(reason);
  });
});

const SHORT = ["--sequence-length", "32", "--queries", "1"];

/** The package as npm would install it: program, metadata, dependencies; no sources, no prebuilt addon. */
async function install(folder: string): Promise<void> {
  await build({
    entryPoints: [join(ROOT, "src/cli/main.ts")],
    outbase: join(ROOT, "src"),
    outdir: join(folder, "dist"),
    chunkNames: "chunks/[name]-[hash]",
    ...{ bundle: true, splitting: true, format: "esm", platform: "node", target: "node20" },
    packages: "external",
    logLevel: "warning",
  });
  for (const part of ["bin", "package.json"])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
}

function bare(script: string, ...rest: (string | Record<string, string>)[]) {
  const args = rest.filter((word) => typeof word === "string");
  const more = rest.find((word) => typeof word === "object") ?? {};
  const env = { PATH: join(room, "path"), ...more };
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8", env });
}

function kvscale(...args: string[]) {
  return bare(join(room, "package/bin/kvscale.js"), ...args, { NO_COLOR: "1", HOME: room });
}
