import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const NATIVE = resolve(import.meta.dirname, "../../native");
const missing = ["cmake", process.env["CXX"] ?? "c++"].filter((tool) => !answers(tool));
const room = mkdtempSync(join(tmpdir(), "kvscale-native-test-"));
const MINUTES = 60_000;

afterAll(() => rmSync(room, { recursive: true, force: true }));

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `native tests: SKIPPED, no ${missing.join(", no ")} here` : "native tests",
  () => {
    it(
      "hold on every instruction set of this machine",
      () => {
        const { status, stdout } = spawnSync(program(), [], { encoding: "utf8", timeout: 10 * MINUTES });
        expect(stdout.split("\n").filter((line) => line.startsWith("FAIL"))).toEqual([]);
        expect(status).toBe(0);
        expect(testedSets(stdout)).toContain("scalar");
        expect(stdout).toMatch(/\n\d{6,} expectations, 0 failed\n$/);
      },
      20 * MINUTES,
    );
  },
);

/** The test program, built once for its sources: the name of its folder is a digest of them. */
function program(): string {
  const folder = join(tmpdir(), `kvscale-native-${digest()}`);
  const built = join(folder, "test/kvscale_test");
  if (answers(built, "no such test")) return built;
  const fresh = join(room, "build");
  cmake("-S", NATIVE, "-B", fresh, "-DKVSCALE_PROGRAMS=ON");
  cmake("--build", fresh, "--target", "kvscale_test", "--parallel", "2");
  try {
    renameSync(fresh, folder);
    return built;
  } catch {
    return join(fresh, "test/kvscale_test"); // somebody else was as quick
  }
}

function cmake(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync("cmake", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`cmake ${args.join(" ")}:\n${stdout}${stderr}`);
}

function answers(tool: string, ...args: string[]): boolean {
  return spawnSync(tool, args.length > 0 ? args : ["--version"], { stdio: "ignore" }).error === undefined;
}

/** Of every source below native/, names and bytes, and of the compiler. */
function digest(): string {
  const hash = createHash("sha256");
  const files = readdirSync(NATIVE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => /(\.(cc|h)|CMakeLists\.txt)$/.test(file) && !/^build\//.test(relative(NATIVE, file)));
  for (const file of files.sort())
    hash.update(relative(NATIVE, file)).update("\0").update(readFileSync(file));
  hash.update(spawnSync(process.env["CXX"] ?? "c++", ["--version"]).stdout ?? "");
  return hash.digest("hex").slice(0, 16);
}

/** The instruction sets that the program reports as tested. */
function testedSets(output: string): string[] {
  return [...output.matchAll(/^(\w+): tested$/gm)].map((match) => match[1]!);
}
