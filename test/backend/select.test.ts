import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ADDON_VARIABLES, findAddon } from "../../src/backend/addon-file.js";
import { probeAddon } from "../../src/backend/probe.js";
import { backendStatuses, selectBackend } from "../../src/backend/select.js";

const place = findAddon("cpu");
const built = "file" in place && (await probeAddon(place.file)) === undefined;

/** Stand-ins for an addon: what loading them does, and what is said about it. */
const BROKEN: readonly (readonly [name: string, source: string, reason: RegExp])[] = [
  ["crashes on load", "process.kill(process.pid, 'SIGILL')", /crashes on this machine \(SIGILL\)/],
  ["throws on load", "throw new Error('no such symbol')", /no such symbol/],
  ["says that it cannot run", "exports.info = () => ({ unavailable: 'no AVX here' })", /no AVX here/],
  [
    "computes nothing",
    "exports.info = () => ({ unavailable: null }); exports.attend = async () => {}",
    /it computes wrong results/,
  ],
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kvscale-addon-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe.each(BROKEN)("an addon that %s", (_, source, reason) => {
  beforeEach(() => {
    const file = join(folder, "addon.cjs");
    writeFileSync(file, source);
    vi.stubEnv(ADDON_VARIABLES.cpu, file);
  });

  it("is refused with its reason when asked for", async () => {
    await expect(selectBackend("cpu")).rejects.toMatchObject({
      exit: "environment",
      code: "backend-unavailable",
      message: expect.stringMatching(reason),
      remedy: expect.stringContaining("--backend auto"),
    });
  });

  it("is refused together with the instruction set that was forced, where one was", async () => {
    vi.stubEnv("KVSCALE_ISA", "");
    await expect(selectBackend("cpu")).rejects.toThrow(/addon\.cjs cannot be used: /);
    vi.stubEnv("KVSCALE_ISA", "avx1024");
    await expect(selectBackend("cpu")).rejects.toThrow(/cannot be used with KVSCALE_ISA="avx1024": /);
  });

  it("makes auto choose the reference, and say why", async () => {
    const { backend, note } = await selectBackend("auto");
    expect(backend.name).toBe("reference");
    expect(note).toMatch(reason);
  });
});

describe("selection", () => {
  it("refuses an addon file that the environment names and that does not exist", async () => {
    vi.stubEnv(ADDON_VARIABLES.cpu, join(folder, "absent.node"));
    await expect(selectBackend("cpu")).rejects.toThrow(
      /KVSCALE_CPU_ADDON names .*absent\.node, which does not exist/,
    );
    expect((await selectBackend("auto")).backend.name).toBe("reference");
  });

  it("refuses cuda with its reason, and never falls back from it", async () => {
    vi.stubEnv(ADDON_VARIABLES.cuda, join(folder, "absent.node"));
    await expect(selectBackend("cuda")).rejects.toMatchObject({ exit: "environment" });
  });

  it("takes the reference without a word where it is asked for", async () => {
    const selection = await selectBackend("reference");
    expect(selection).not.toHaveProperty("note");
    expect(selection.backend.describe()).toEqual({ name: "reference", instructionSets: [], threads: 1 });
  });

  it("lists every backend with its description or its reason, best first", async () => {
    vi.stubEnv(ADDON_VARIABLES.cpu, join(folder, "absent.node"));
    const statuses = await backendStatuses();
    expect(statuses.map(({ name }) => name)).toEqual(["cuda", "cpu", "reference"]);
    expect(statuses[1]).toMatchObject({ available: false, reason: expect.stringContaining("absent.node") });
    expect(statuses[2]).toMatchObject({ available: true });
  });
});

describe.skipIf(!built)(built ? "the addon of this clone" : "the addon: SKIPPED, none was built", () => {
  it("is what auto chooses, and says so", async () => {
    const { backend, note } = await selectBackend("auto", { threads: 2 });
    expect(backend.name).toBe("cpu");
    const { instructionSet, threads, file } = backend.describe();
    expect(note).toBe(`chose the cpu backend (${instructionSet}, ${threads} threads)`);
    expect(threads).toBe(2);
    expect(file).toMatch(/cpu\.node$/);
  });

  it("names its instruction sets, and multiplies in float32 where it is asked to", async () => {
    const { backend } = await selectBackend("cpu", { precise: true });
    expect(backend.describe().instructionSets.map(({ name }) => name)).toContain("scalar");
    expect(backend.arithmetic("float8_e4m3fn")).toBe("float32");
    expect(backend.arithmetic("float16")).toBe("float32");
  });

  it("is tried in a child process once", async () => {
    const { file } = place as { file: string };
    expect(probeAddon(file)).toBe(probeAddon(file));
  });
});
