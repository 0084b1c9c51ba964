import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Event } from "../../src/events.js";
import { type Subject, type Values, valuesOf } from "../../src/ui/actions/action.js";
import { ACTIONS, actionOf } from "../../src/ui/actions/actions.js";
import { commandText } from "../../src/ui/command-text.js";
import { localSession } from "../../src/ui/session.js";
import { envOf, hubForTest } from "../checkpoint/hub/publishing.js";
import { ran } from "../cli/terminal.js";
import { checkpoint, DATA, scratch, unheard } from "../operations/desk.js";

const FP8 = checkpoint("modelopt-fp8");
const BASE = checkpoint("base-indexed");
const MODEL = join(DATA, "checkpoints/tiny-llama");
const VIEW = { width: 100, paint: (_: unknown, text: string) => text };

afterEach(() => vi.unstubAllEnvs());

/** The values that a form would have, some of them chosen. */
function chosen(id: string, subject: Subject, own: Record<string, string>): Values {
  return valuesOf(actionOf(id).fields(subject), subject, new Map(Object.entries(own)));
}

describe("things to do", () => {
  it.each<[id: string, own: (folder: string) => Record<string, string>]>([
    ["merge", (folder) => ({ base: BASE, output: join(folder, "out") })],
    ["convert", (folder) => ({ engine: "vllm", output: join(folder, "out"), link: "copy" })],
    ["strip", (folder) => ({ output: join(folder, "out") })],
    ["extract", (folder) => ({ output: join(folder, "out.safetensors") })],
    ["verify", () => ({ backend: "reference" })],
  ])("%s does what its command line does, and its plan says so before", async (id, own) => {
    const folder = await scratch();
    const session = localSession({ XDG_STATE_HOME: folder });
    const subject = await session.inspect(FP8, unheard);
    const values = chosen(id, subject, own(folder));
    const { planned, words } = actionOf(id);
    const plan = planned ? await session.perform(id, subject, values, "plan", unheard) : undefined;
    const done = await session.perform(id, subject, values, "run", unheard);
    if (plan) expect(plan.text(VIEW).replace(/Would write( \(dry run\))?/, "Wrote")).toBe(done.text(VIEW));
    if (plan) await expect(session.perform(id, subject, values, "plan", unheard)).rejects.toThrow(/expected/);
    for (const name of ["out", "out.safetensors"])
      await rm(join(folder, name), { recursive: true, force: true });
    const { exit, out } = await ran(words(subject, values));
    expect(exit === 0).toBe(done.ok);
    expect(done.text(VIEW)).toContain(out.trimEnd().split("\n")[0]);
  });

  it.skipIf(!existsSync(MODEL))(
    "calibrate does what its command line does (skipped where shared data is missing)",
    async () => {
      const folder = await scratch();
      const session = localSession({});
      const subject = await session.inspect(MODEL, unheard);
      const values = chosen("calibrate", subject, { output: join(folder, "out"), granularity: "head" });
      const done = await session.perform("calibrate", subject, values, "run", unheard);
      expect(done.launch).toEqual([`vllm serve ${join(folder, "out")}`]);
      await expect(session.perform("calibrate", subject, values, "run", unheard)).rejects.toThrow(/expected/);
      await rm(join(folder, "out"), { recursive: true });
      const { exit, out } = await ran(actionOf("calibrate").words(subject, values));
      expect([exit, done.text({ ...VIEW })]).toEqual([0, expect.stringContaining(out.split("\n")[0]!)]);
      expect(out).toContain("per KV head");
    },
  );

  it.skipIf(!existsSync(MODEL)).each([
    ["max", 0],
    ["mse", 4],
  ])(
    "calibrate by %s writes what its plan told, and runs %i layers anew (skipped where shared data is missing)",
    async (method, layers) => {
      const folder = await scratch();
      const session = localSession({});
      const subject = await session.inspect(MODEL, unheard);
      const text = join(folder, "short.txt");
      await writeFile(text, "A few words are enough to see where they lead. ".repeat(8));
      const values = chosen("calibrate", subject, { output: join(folder, "out"), method, text });
      const plan = await session.perform("calibrate", subject, values, "plan", unheard);
      expect(await readdir(folder)).toEqual(["short.txt"]);
      const phases: string[] = [];
      const emit = (event: Event) => void (event.type === "phase" && phases.push(event.name));
      const done = await session.perform("calibrate", subject, values, "run", { ...unheard, emit });
      expect(phases.filter((name) => name.startsWith("layer"))).toHaveLength(layers);
      expect(plan.text(VIEW).replace("Would write (dry run)", "Wrote")).toBe(done.text(VIEW));
      const words = actionOf("calibrate").words(subject, values);
      const other = words.map((word) => (word === join(folder, "out") ? join(folder, "other") : word));
      expect((await ran(other)).exit).toBe(0);
      for (const name of await readdir(join(folder, "other")))
        expect(await readFile(join(folder, "out", name)), name).toEqual(
          await readFile(join(folder, "other", name)),
        );
    },
  );

  it.each(["merge", "convert", "strip"])("%s to the Hub looks first and then sends", async (id) => {
    const hub = await hubForTest();
    for (const [name, value] of Object.entries(envOf(hub))) vi.stubEnv(name, value);
    const session = localSession({});
    const subject = await session.inspect(FP8, unheard);
    const own = { to: "hub", repository: "org/new", base: BASE, engine: "vllm", private: "yes" };
    const values = chosen(id, subject, own);
    const plan = await session.perform(id, subject, values, "plan", unheard);
    expect(plan.text(VIEW)).toContain("Would push (dry run) to a new private repository");
    expect(hub.requests("commit")).toEqual([]);
    const done = await session.perform(id, subject, values, "run", unheard);
    expect(done.text(VIEW)).toContain("Pushed commit");
    expect(done.target).toBe("org/new");
    expect(hub.state.repositories.get("org/new")?.private).toBe(true);
    const words = actionOf(id).words(subject, values);
    expect(words.join(" ")).toContain("--push org/new --private");
    const { exit, out } = await ran(words);
    expect([exit, out]).toEqual([0, expect.stringContaining("Nothing to push")]);
  });

  it("leave no place for a directory where the Hub gets the result, and name one that is free", async () => {
    const session = localSession({});
    const subject = await session.inspect(FP8, unheard);
    const here = { ...subject, taken: new Set(["./a-KV", "./a-KV-2", "./x-scales.json"]) };
    expect([...chosen("merge", here, { base: "./a", to: "hub" }).keys()]).toEqual([
      "base",
      "engine",
      "to",
      "repository",
      "pr",
      "private",
      "replace",
    ]);
    expect(chosen("merge", here, { base: "./a" }).get("output")).toBe("./a-KV-3");
    const file = chosen("extract", { ...here, ref: "./x" }, { engine: "lightllm" });
    expect(file.get("output")).toBe("./x-scales-2.json");
  });

  it("push looks first and then sends, as its command line does", async () => {
    const hub = await hubForTest();
    for (const [name, value] of Object.entries(envOf(hub))) vi.stubEnv(name, value);
    const session = localSession({});
    const subject = await session.inspect(FP8, unheard);
    const values = chosen("push", subject, { repository: "org/new" });
    const plan = await session.perform("push", subject, values, "plan", unheard);
    expect(plan.text(VIEW)).toContain("Would push (dry run) to a new public repository");
    expect(hub.requests("commit")).toEqual([]);
    const done = await session.perform("push", subject, values, "run", unheard);
    expect(done.text(VIEW)).toContain("Pushed commit");
    expect(actionOf("push").words(subject, values)).toEqual(["push", FP8, "org/new", "--create"]);
    const { exit, out } = await ran(actionOf("push").words(subject, values));
    expect([exit, out]).toEqual([0, expect.stringContaining("Nothing to push")]);
  });

  it("have one row each, and say of a checkpoint without scales what cannot be done", async () => {
    const subject = await localSession({}).inspect(BASE, unheard);
    const useless = ACTIONS.filter((action) => action.unavailable(subject) !== undefined).map(({ id }) => id);
    expect(useless).toEqual(["convert", "verify", "extract", "strip"]);
    expect(new Set(ACTIONS.map(({ id }) => id)).size).toBe(ACTIONS.length);
    expect(() => actionOf("dance")).toThrow("no action dance");
  });

  it.each<[words: string[], line: string]>([
    [["merge", "a b", "--from", "it's", "-o", "./x"], "kvscale merge 'a b' --from 'it'\\''s' -o ./x"],
    [["strip", "-rf", "-o", "x"], "kvscale strip ./-rf -o x"],
    [["verify", "a\u001b[2J"], "kvscale verify 'a\\u{1b}[2J'"],
  ])("%j is a line that a shell takes apart again", (words, line) => {
    expect(commandText(words)).toBe(line);
  });
});
