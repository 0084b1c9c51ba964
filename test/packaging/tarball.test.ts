import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complaints } from "./consumer-types.js";
import { KINDS, type Manifest, PREBUILT, packagesOf } from "./contents.js";
import { BUILT, filesOf, type PackedFile, pack, ROOT, unpack } from "./stage.js";

const FP8 = join(ROOT, "fixtures/checkpoints/modelopt-fp8");
const BASE = join(ROOT, "fixtures/checkpoints/base-indexed");
const SHORT = "--data synthetic --sequence-length 32 --queries 1 --min-sqnr 1 --warn-sqnr 2".split(" ");
const built = existsSync(join(ROOT, BUILT));

let room: string;
let tarball: string;
let installed: string;
let files: PackedFile[];

beforeAll(() => {
  room = mkdtempSync(join(tmpdir(), "kvscale-pack-"));
  mkdirSync(join(room, "stage"));
  tarball = pack(join(room, "stage"));
  installed = unpack(tarball, join(room, "user"));
  files = filesOf(installed);
}, 120_000);
afterAll(() => rmSync(room, { recursive: true }));

describe("the tarball", () => {
  it("holds the program, the library with its types, the kernel, schemas and pages, and nothing else", () => {
    const strange = files.filter(({ path }) => !KINDS.some((kind) => kind.test(path)));
    expect(strange.map(({ path }) => path)).toEqual([]);
    const absent = KINDS.filter((kind) => !files.some(({ path }) => kind.test(path)));
    expect(absent).toEqual(built ? [] : [PREBUILT]);
  });

  it("runs nothing when it is installed", () => {
    const { scripts, gypfile } = manifest();
    expect(Object.keys(scripts).filter((name) => /install/.test(name))).toEqual([]);
    expect([gypfile, existsSync(join(installed, "binding.gyp"))]).toEqual([false, false]);
  });

  it("imports its dependencies, and brings no other code but a scanner of JSON, with its licence", () => {
    const { dependencies } = manifest();
    const code = files.filter(({ path }) => /^dist\/.*\.js$/.test(path));
    expect(packagesOf(code)).toEqual(Object.keys(dependencies).sort());
    const brought = code.flatMap(({ bytes }) => bytes.toString().match(/^\/\/ .*node_modules\/.*$/gm) ?? []);
    expect(brought.length).toBeGreaterThan(0);
    for (const line of brought) expect(line).toMatch(/^\/\/ node_modules\/jsonc-parser\/lib\/esm\//);
    const licences = files.find(({ path }) => path === "dist/licences.txt")!.bytes.toString();
    expect(licences).toMatch(
      /^Parts of jsonc-parser .*\n\nThe MIT License \(MIT\)\n\nCopyright \(c\) Microsoft/,
    );
  });

  it("names no folder of the machine that packed it", () => {
    const folders = [ROOT, join(room, "stage"), join(homedir(), ".")].filter((folder) => folder.length > 5);
    const telling = files.filter(({ bytes }) => folders.some((folder) => bytes.includes(folder)));
    expect(telling.map(({ path }) => path)).toEqual([]);
  });

  it("stays small", () => {
    expect(statSync(tarball).size).toBeLessThan(2e6);
    expect(files.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(8e6);
  });

  it("has a manifest that publint finds no fault with", async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });
});

describe("the program, installed in an empty folder", () => {
  it("tells its version", () => {
    expect(kvscale("--version")).toEqual({ status: 0, stdout: `${manifest().version}\n`, stderr: "" });
  });

  it("inspects and merges", () => {
    const out = join(room, "merged");
    const { status, stdout } = kvscale("merge", BASE, "--from", FP8, "-o", out, "--engine", "vllm", "--json");
    expect([status, JSON.parse(stdout).ok]).toEqual([0, true]);
    const report = JSON.parse(kvscale("inspect", out, "--engine", "vllm", "--json").stdout);
    expect(report.data.scales).toHaveLength(6);
  });

  it.skipIf(!built)(
    built ? "verifies by the addon that came along" : "verify by the addon: SKIPPED, none was built",
    () => {
      const [, cpu] = JSON.parse(kvscale("doctor", "--json").stdout).data.backends;
      expect(cpu).toMatchObject({ name: "cpu", available: true });
      expect(cpu.file).toMatch(/[\\/]node_modules[\\/]kvscale[\\/]prebuilds[\\/][\w-]+[\\/]cpu\.node$/);
      const { status, stdout } = kvscale("verify", FP8, "--backend", "cpu", ...SHORT);
      expect([status, stdout]).toEqual([0, expect.stringMatching(/backend cpu/)]);
    },
  );

  it.skipIf(!built)(
    built
      ? "takes the reference where the addon does not load"
      : "an addon that is cut off: SKIPPED, none was built",
    () => {
      const addon = files.find(({ path }) => PREBUILT.test(path))!;
      writeFileSync(join(installed, addon.path), addon.bytes.subarray(0, addon.bytes.length / 2));
      const { status, stderr } = kvscale("verify", FP8, "--backend", "auto", ...SHORT);
      writeFileSync(join(installed, addon.path), addon.bytes);
      expect(stderr).toMatch(/chose the reference backend, since for cpu \S*cpu\.node cannot be used: /);
      expect(status).toBe(0);
    },
  );

  it("prefers an addon that was built here", () => {
    mkdirSync(join(installed, "native/build/Release"), { recursive: true });
    writeFileSync(join(installed, BUILT), "no addon");
    const [, cpu] = JSON.parse(kvscale("doctor", "--json").stdout).data.backends;
    rmSync(join(installed, "native/build"), { recursive: true });
    expect(cpu).toMatchObject({
      available: false,
      reason: expect.stringMatching(/Release\S*cpu\.node cannot be used/),
    });
  });

  it("says how to build one where none came along", () => {
    const other = join(room, "other/node_modules/kvscale");
    cpSync(join(room, "user"), join(room, "other"), { recursive: true, verbatimSymlinks: true });
    rmSync(join(other, "prebuilds"), { recursive: true, force: true });
    const [, cpu] = JSON.parse(kvscaleOf(other, "doctor", "--json").stdout).data.backends;
    const script = join(other, "native/build.mjs");
    expect(cpu.reason).toBe(
      `this installation has no native addon for ${cpu.reason.match(/for ([\w-]+);/)?.[1]}; \`node ${script}\` builds it, or says what is missing`,
    );
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        /not built: (npm install cmake-js node-addon-api comes first|.* is(?: not)? installed)/,
      ),
    ]);
  });
});

describe("the library, installed in an empty folder", () => {
  const USE = `const io = { emit: () => {}, signal: new AbortController().signal };
    inspect({ ref: ${JSON.stringify(FP8)} }, io).then((report) => console.log(report.scales.length));`;

  it.each([
    ["imported", "use.mjs", `import { inspect } from "kvscale"; ${USE}`],
    ["required", "use.cjs", `const { inspect } = require("kvscale"); ${USE}`],
  ])("works where it is %s", (_, name, source) => {
    writeFileSync(join(room, "user", name), source);
    const { stdout, stderr, status } = run(join(room, "user", name));
    expect([status, stdout, stderr.replaceAll(/.*(ExperimentalWarning|trace-warnings).*\n/g, "")]).toEqual([
      0,
      "6\n",
      "",
    ]);
  });

  it.each(["nodenext", "bundler"] as const)(
    "has types that stand on their own: %s",
    { timeout: 180_000 },
    (mode) => {
      expect(complaints(join(room, "user"), mode)).toEqual([
        ["use.mts", "Type 'string' is not assignable to type 'number'."],
      ]);
    },
  );
});

function manifest(): Manifest {
  return JSON.parse(files.find(({ path }) => path === "package.json")!.bytes.toString());
}

function kvscale(...args: string[]) {
  return kvscaleOf(installed, ...args);
}

function kvscaleOf(folder: string, ...args: string[]) {
  return run(join(folder, "bin/kvscale.js"), ...args);
}

function run(script: string, ...args: string[]) {
  const env = { PATH: process.env["PATH"], HOME: room, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
    env,
    cwd: room,
  });
  return { status, stdout, stderr };
}
