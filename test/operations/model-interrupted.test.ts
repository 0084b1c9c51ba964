import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { EXIT, isRefusal } from "../../src/errors.js";
import type { Io } from "../../src/events.js";
import { calibrate } from "../../src/operations/calibrate.js";
import type { CalibrateInput } from "../../src/operations/calibrate-input.js";
import { localDeps } from "../../src/operations/deps.js";
import { verify } from "../../src/operations/verify.js";
import { ran } from "../cli/terminal.js";
import { mayMount, mountSmallDisk, type SmallDisk } from "../safety/small-disk.js";
import { filesOf } from "../support/model/made-up.js";
import { LLAMA, llamaTensors, TOKENS } from "../support/model/small-llama.js";
import { scratchForAll, unheard, writing } from "./desk.js";

const folder = scratchForAll();
const at = (...names: string[]) => join(folder(), ...names);
const given = () => ({ ref: at("model"), tokens: at("tokens.json"), backend: "reference" }) as const;

beforeAll(async () => {
  for (const name of ["model", "out"]) await mkdir(at(name));
  for (const [name, bytes] of filesOf(LLAMA, llamaTensors())) await writeFile(at("model", name), bytes);
  await writeFile(at("tokens.json"), JSON.stringify(TOKENS));
});

/** Somebody presses Ctrl-C as the phase begins. */
function interruptedAt(phase: string): { io: Io; reason: Error; heard: string[] } {
  const controller = new AbortController();
  const [reason, heard] = [new Error("Ctrl-C"), [] as string[]];
  const emit: Io["emit"] = (event) => {
    if (event.type === "phase") heard.push(event.name);
    if (event.type === "phase" && event.name === phase) controller.abort(reason);
  };
  return { io: { emit, signal: controller.signal }, reason, heard };
}

describe("a place that is taken", () => {
  it.each<[string, () => Partial<CalibrateInput>, RegExp]>([
    ["by a file", () => ({ scaleFile: { path: at("tokens.json"), force: false } }), /found a file/],
    ["by a folder", () => ({ scaleFile: { path: at("model"), force: true } }), /found a directory/],
    ["by a folder, for statistics", () => ({ stats: at("model") }), /found a directory/],
    ["by the model itself", () => ({ stats: at("model/config.json") }), /config\.json/],
  ])("%s is refused before the model runs", async (_, output, told) => {
    const { io, heard } = interruptedAt("never");
    await expect(calibrate({ ...given(), ...output() }, io)).rejects.toThrow(told);
    expect(heard.filter((phase) => phase.startsWith("layer"))).toEqual([]);
    expect((await readdir(folder())).sort()).toEqual(["model", "out", "tokens.json"]);
  });
});

describe("Ctrl-C in the middle of a model", () => {
  it("ends verify at once, in a layer as before the logits", async () => {
    for (const phase of ["layer 2 of 3", "logits"]) {
      const { io, reason, heard } = interruptedAt(phase);
      await expect(verify({ ...given(), scales: "unit", keys: 16 }, io)).rejects.toBe(reason);
      expect(heard.at(-1)).toBe(phase);
    }
  });

  it.each<[string, () => Partial<CalibrateInput>]>([
    ["a file of scales", () => ({ scaleFile: { path: at("out/scales.safetensors"), force: false } })],
    ["statistics", () => ({ stats: at("out/stats.json") })],
    ["a checkpoint", () => ({ writing: writing(at("out/checkpoint")) })],
  ])("leaves of calibrate to %s the state after the last layer, from which it goes on", async (_, output) => {
    const { io, reason, heard } = interruptedAt("layer 3 of 3");
    const input = { ...given(), ...output() };
    await expect(calibrate(input, io)).rejects.toBe(reason);
    expect(heard.at(-1)).toBe("layer 3 of 3");
    const [state, ...others] = await readdir(at("out"));
    expect([state, others]).toEqual([expect.stringMatching(/\.resume\.safetensors$/), []]);
    const phases: string[] = [];
    const emit: Io["emit"] = (event) => {
      if (event.type === "phase" && event.name.startsWith("layer")) phases.push(event.name);
    };
    const { layers } = await calibrate({ ...input, resume: true }, { ...unheard, emit });
    expect(phases).toEqual(["layer 3 of 3"]);
    expect(layers).toHaveLength(3);
    expect((await readdir(at("out"))).filter((name) => name.includes("resume"))).toEqual([]);
    await rm(at("out"), { recursive: true });
    await mkdir(at("out"));
  });

  it.each(["calibrate", "verify"])("is what %s exits with", async (command) => {
    const output = command === "verify" ? ["--scales", "unit"] : ["--stats", at("out/never.json")];
    const flags = ["--tokens", at("tokens.json"), "--backend", "reference"];
    const { exit, out } = await ran([command, at("model"), ...output, ...flags], { interrupt: "SIGINT" });
    expect([exit, out, await readdir(at("out"))]).toEqual([EXIT.interrupted, "", []]);
  });
});

const mounts = mayMount();

describe.skipIf(!mounts)(
  `a disk that is full${mounts ? "" : " (skipped: this test may not mount one)"}`,
  () => {
    let small: SmallDisk;
    beforeAll(() => {
      small = mountSmallDisk();
    });
    afterEach(() => small.empty());
    afterAll(() => small.remove());

    const refused = async (work: Promise<unknown>) => {
      const error: unknown = await work.catch((caught) => caught);
      expect(isRefusal(error) && [error.exit, error.code]).toEqual(["environment", "no-space"]);
    };

    it("before the first layer is kept leaves nothing", async () => {
      await writeFile(join(small.path, "filler"), new Uint8Array(1024 * 1024 - 4096));
      await refused(calibrate({ ...given(), stats: join(small.path, "stats.json") }, unheard));
      expect(await readdir(small.path)).toEqual(["filler"]);
    });

    it("when statistics are written keeps the work: with room again, they are written without a run", async () => {
      const [stats, filler] = [join(small.path, "stats.json"), join(small.path, "filler")];
      const filling = {
        ...localDeps,
        writeFile: async (...[path, bytes, options]: Parameters<typeof localDeps.writeFile>) => {
          if (path === stats) await fill(filler);
          await localDeps.writeFile(path, bytes, options);
        },
      };
      await refused(calibrate({ ...given(), stats }, unheard, filling));
      expect((await readdir(small.path)).sort()).toEqual(["filler", "stats.json.resume.safetensors"]);
      await rm(filler);
      const { io, heard } = interruptedAt("never");
      await calibrate({ ...given(), stats, resume: true }, io);
      expect(heard.filter((phase) => phase.startsWith("layer"))).toEqual([]);
      expect(await readdir(small.path)).toEqual(["stats.json"]);
      await calibrate({ ...given(), stats: at("out/stats.json") }, unheard);
      expect(await readFile(stats, "utf8")).toBe(await readFile(at("out/stats.json"), "utf8"));
    });
  },
);

/** Takes all the room that is left. */
async function fill(path: string): Promise<void> {
  for (const size of [1024 * 1024, 65_536, 4096]) {
    const more = async () => writeFile(path, new Uint8Array(size), { flag: "a" });
    while (
      await more().then(
        () => true,
        () => false,
      )
    );
  }
}
