import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cleanup } from "ink-testing-library";
import { afterEach, describe, expect, it, vi } from "vitest";
import { dataRefusal } from "../../src/errors.js";
import { checkpoint, hostile, scratch } from "../operations/desk.js";
import { KEYS, linesOutcome, open, type Stage, stage } from "./desk.js";

// React's development build is several times slower, and not what runs.
vi.hoisted(() => {
  process.env["NODE_ENV"] = "production";
});

afterEach(cleanup);

const { enter, esc, tab, up, down, left, right, pageDown, end, erase, interrupt } = KEYS;
const FP8 = checkpoint("modelopt-fp8");
const BASE = checkpoint("base-indexed");

/** From the first screen to the form of an action. */
async function toForm(on: Stage, ref: string, action: string): Promise<void> {
  await open(on, ref);
  await on.press(enter);
  await on.see("What to do?");
  for (let turn = 0; turn < 8 && !on.frame().includes(`❯ ${action}`); turn += 1) await on.press(down);
  await on.press(enter);
  await on.see(`›  ${action}`);
}

/** The cursor of a form to the row of this title. */
async function toRow(on: Stage, title: string): Promise<void> {
  for (let turn = 0; turn < 12 && !on.frame().includes(`❯ ${title}`); turn += 1) await on.press(up);
  await on.see(`❯ ${title}`);
}

/** From the first screen to a merge that runs. */
async function toMerge(on: Stage): Promise<void> {
  await toForm(on, FP8, "Merge");
  await on.press(enter);
  await on.see("Looking ahead");
  on.deeds[0]!.done({ text: () => "Would write OUT", bytes: 1000 });
  await on.see("Would write OUT");
  await on.press(enter);
  await on.see("Merge to");
}

describe("picking a checkpoint", () => {
  it("offers what was opened before, then what lies here", async () => {
    const on = stage({}, ["./earlier"]);
    await on.see("opened before");
    await on.see("models/beta");
    expect(on.frame().indexOf("./earlier")).toBeLessThan(on.frame().indexOf("models/alpha-FP8"));
  });

  it("completes by Tab as far as all agree, then goes to the first", async () => {
    const on = stage();
    await on.press("mo", tab);
    await on.see("❯ models/");
    await on.press("al", tab);
    await on.see("❯ models/alp");
    await on.press(tab);
    await on.see("❯ models/alpha-FP8");
    expect(on.frame()).not.toContain("models/beta");
  });

  it("goes into a folder by Enter, and opens a checkpoint", async () => {
    const on = stage();
    await on.press("models/alp", down, down, enter);
    await on.see("❯ models/alpine/▏");
    await on.press(esc);
    await on.see("models/beta");
    await on.press(down, enter);
    await on.see("This did not work");
    expect(on.frame()).toContain("models/alpha-FP8");
    await on.press("x");
    await on.see("❯ models/alpha-FP8");
  });

  it("passes a Hub name on as it is", async () => {
    const on = stage();
    await on.press("org/name@main");
    await on.see("on the Hub");
    await on.press(down, enter);
    await on.see("org/name@main");
  });

  it("knows the home folder", async () => {
    const on = stage();
    await on.press("~/models/Llama", enter);
    await on.see("/home/me/models/Llama: expected");
  });

  it("edits the line, and Esc clears it", async () => {
    const on = stage();
    await on.press("abc", left, erase, "X");
    await on.see("aX▏c");
    await on.press(esc);
    await on.see("▏ a folder, a file");
    await on.press(esc, enter);
    await on.see("Which checkpoint?");
  });
});

describe("the overview", () => {
  it("shows scales as a plot and a tree that opens", async () => {
    const on = stage();
    await open(on, FP8);
    expect(on.frame()).toContain("[1 Scales 6]");
    expect(on.frame()).toMatch(/k +0\.0326┤ █/);
    expect(on.frame()).toContain("❯ ▸ model.layers.0.self_attn");
    await on.press(down, " ");
    await on.see("▾ model.layers.1.self_attn");
    expect(on.frame()).toContain("F32 []  model.safetensors");
    await on.press(down, down, left);
    await on.see("❯ ▸ model.layers.1.self_attn");
    await on.press(right);
    await on.see("▾ model.layers.1.self_attn");
  });

  it("says of a band that it is logarithmic, and marks what stands out", async () => {
    const file = join(await scratch(), "kv_cache_scales.json");
    const scales = { 0: 0.02, 1: 0.02, 2: 0.02, 3: 2 };
    const cache = { dtype: "float8_e4m3fn", scaling_factor: { 0: scales } };
    await writeFile(file, JSON.stringify({ model_type: "llama", kv_cache: cache }));
    const on = stage();
    await open(on, file);
    await on.press("1");
    expect(on.frame()).toMatch(/^ log +│/m);
    expect(on.frame()).toMatch(/kv 2 +◆ 100× median/);
    // Without colours, too: the mark stands under its bar.
    const lines = on.frame().split("\n");
    const [bar, mark] = [
      lines.find((line) => line.includes("┤ "))!,
      lines.find((line) => line.includes("◆3"))!,
    ];
    expect(bar.lastIndexOf("█", mark.indexOf("◆") + 1)).toBeGreaterThanOrEqual(mark.indexOf("◆"));
  });

  it("changes its part by digits and Tab", async () => {
    const on = stage();
    await open(on, FP8);
    await on.press("2");
    await on.see("[2 Findings 0]");
    await on.see("Nothing found that is wrong");
    expect(on.frame()).toContain("kv_cache_scheme (modelopt-inline)");
    await on.press(tab);
    await on.see("[3 Engines 4 of 13 load]");
    await on.press(down);
    await on.see("❯ vllm            ● loads");
    await on.see("launch: vllm serve");
    await on.press(tab);
    await on.see("[1 Scales 6]");
  });

  it("searches by a few letters; Enter keeps the search, Esc drops it, Esc again goes back", async () => {
    const on = stage();
    await open(on, FP8);
    await on.press("/", "l", "2");
    await on.see("/ l2▏");
    expect(on.frame()).toContain("❯ ▸ model.layers.2.self_attn");
    expect(on.frame()).not.toContain("model.layers.1.self_attn");
    await on.press(enter);
    await on.see("/ l2");
    await on.press(esc);
    await on.see("model.layers.1.self_attn");
    await on.press("/", "q", esc);
    await on.see("model.layers.1.self_attn");
    await on.press(esc);
    await on.see("Which checkpoint?");
  });

  it("begins with the findings where there are no scales but something to say", async () => {
    const on = stage();
    await open(on, BASE);
    expect(on.frame()).toContain("[2 Findings 1]");
    await on.press("1");
    await on.see("This checkpoint holds no KV scales.");
  });

  it("scrolls long findings to their end and no further", async () => {
    const on = stage({ rows: 14 });
    await open(on, hostile("control-characters"));
    await on.press("2", end, pageDown, down);
    await on.see("–");
    const [, to, of] = /–(\d+) of (\d+) lines/.exec(on.frame())!;
    expect(to).toBe(of);
    await on.press(up);
    expect(on.frame()).not.toContain(`–${of} of ${of}`);
  });

  it("prints names from the checkpoint escaped", async () => {
    const on = stage({ columns: 160, rows: 50 });
    await open(on, hostile("control-characters"));
    for (const part of ["1", "2", "3"]) {
      await on.press(part);
      expect(on.frame().replaceAll("\n", "")).not.toMatch(
        /[\u0000-\u001a\u001c-\u001f\u007f-\u009f\u202a-\u202e]/,
      );
      expect(on.frame()).not.toContain("\u001b]");
    }
    await on.press("2");
    await on.see("line\\nbreak\\u0007.k_scale");
  });
});

describe("choosing what to do", () => {
  it("says why something cannot be done, and does not do it", async () => {
    const on = stage();
    await open(on, BASE);
    await on.press(enter, down);
    await on.see("❯ Convert     there are no scales to convert");
    await on.press(enter, right);
    expect(on.frame()).toContain("What to do?");
    await on.press(left);
    await on.see("[2 Findings 1]");
  });

  it("prefills sensible choices, and the command line says the same", async () => {
    const on = stage({}, [], ["./alpha-FP8", "./alpha"]);
    await toForm(on, FP8, "Merge");
    expect(on.frame()).toMatch(/Into \(base\) +\.\/alpha\n/);
    expect(on.frame()).toMatch(/Write to +\.\/alpha-KV/);
    expect(on.frame()).toContain("❯ See the plan");
    expect(on.frame()).toContain(`kvscale merge ./alpha --from ${FP8} \\\n   --engine vllm -o ./alpha-KV`);
    await on.press(esc, esc, esc);
    await on.see("Which checkpoint?");
  });

  it("begins at the choice that is missing, and does not go on without it", async () => {
    const on = stage();
    await toForm(on, BASE, "Merge");
    await on.see("❯ Scales from       choose the FP8 checkpoint");
    await on.press(up, ...Array<string>(9).fill(down), enter);
    await on.see("❯ Scales from");
    expect(on.deeds).toEqual([]);
  });

  it("asks for a path on the same screen as for a checkpoint, and goes to the next choice", async () => {
    const on = stage();
    await toForm(on, BASE, "Merge");
    await on.press(enter);
    await on.see("Tab complete");
    await on.press("models/alpha", tab, enter);
    await on.see("❯ Engine");
    expect(on.frame()).toContain("models/alpha-FP8");
    await on.press(down, down, enter);
    await on.see("❯ fixtures/checkpoints/base-indexed-KV▏");
    await on.press(esc);
    await on.see("❯ Write to");
  });

  it("turns choices by arrows, flips toggles, and names the output after the engine", async () => {
    const on = stage();
    await toForm(on, FP8, "Convert");
    await on.see("-tgi");
    await toRow(on, "For engine");
    await on.press(right);
    await on.see("❯ For engine        vllm");
    await on.see("modelopt-fp8-vllm");
    await on.press(left);
    await toRow(on, "For engine");
    await on.press(down, down, down, down, " ");
    await on.see("❯ Overwrite         yes");
    await on.see("--force");
    await on.press(right);
    await on.see("❯ Overwrite         no");
  });

  it("searches a list of options; Esc leaves the choice as it was", async () => {
    const on = stage();
    await toForm(on, FP8, "Convert");
    await toRow(on, "For engine");
    await on.press(enter);
    await on.see("type to search");
    await on.press("sgl");
    await on.see("❯ sglang");
    expect(on.frame()).not.toContain("vllm");
    await on.press(esc);
    await on.see("❯ For engine        tgi");
    await on.press(enter, "sgl", down, enter);
    await on.see("❯ For engine        sglang-legacy");
    await on.press(enter, "zzz");
    await on.see("nothing fits");
    await on.press(enter, esc);
    await on.see("❯ For engine        sglang-legacy");
  });
});

describe("doing it", () => {
  it("shows the plan before anything is written, and Esc leads back to the choices", async () => {
    const on = stage({}, [], ["./alpha"]);
    await toForm(on, FP8, "Merge");
    await on.press(enter);
    await on.see("Looking ahead");
    expect(on.deeds.map(({ action, mode }) => [action, mode])).toEqual([["merge", "plan"]]);
    on.deeds[0]!.done(linesOutcome(3));
    await on.see("line 3");
    await on.see("in one line   kvscale merge ./alpha");
    await on.see("❯ Write it     Change it     Leave it at the plan");
    await on.press(right);
    await on.see("❯ Change it");
    await on.press(enter);
    await on.see("❯ See the plan");
    expect(on.deeds).toHaveLength(1);
  });

  it("scrolls a plan that is longer than the screen", async () => {
    const on = stage({}, [], ["./alpha"]);
    await toForm(on, FP8, "Merge");
    await on.press(enter);
    on.deeds[0]!.done(linesOutcome(40));
    await on.see("of 40 lines");
    await on.press(down);
    await on.see("2–");
    await on.press(end, down);
    await on.see("line 40");
    await on.see("–40 of 40 lines");
  });

  it("shows bytes, rate and remaining time, file by file", async () => {
    const on = stage({}, [], ["./alpha"]);
    await toMerge(on);
    const { io } = on.deeds[1]!;
    io.emit({ type: "phase", name: "writing OUT" });
    io.emit({ type: "file", path: "model-a.safetensors", bytes: 400, total: 400 });
    await on.see("✓ model-a.safetensors   400 bytes");
    on.time = 2000;
    io.emit({ type: "file", path: "model-b\u001b[2J.safetensors", bytes: 100, total: 600 });
    await on.see("50 %   500 bytes of 1.00 kB   250 bytes/s   2 s left");
    expect(on.frame()).toContain("▸ model-b\\u{1b}[2J.safetensors   100 bytes of 600 bytes   16 %");
    expect(on.frame()).toMatch(/█{32}░{32}/);
  });

  it("ends with the result, what serves it, and the same as one line for after the session", async () => {
    const on = stage({}, [], ["./alpha"]);
    await toMerge(on);
    on.deeds[1]!.done({ text: () => "Wrote OUT", launch: ["vllm serve OUT"] });
    await on.see("Wrote OUT");
    await on.see("❯ Done     Look at it     Do more     Another checkpoint");
    expect(on.store.get().farewell).toEqual([
      `kvscale merge ./alpha --from ${FP8} --engine vllm -o ./alpha-KV`,
      "vllm serve OUT",
    ]);
    await on.press(enter);
    expect(on.left).toEqual([false]);
  });

  it.each([
    ["looks at the result", 1, FP8, "[1 Scales 6]"],
    ["does more with the same checkpoint", 2, "OUT", "What to do?"],
    ["goes to another checkpoint", 3, "OUT", "Which checkpoint?"],
  ])("from there it %s", async (_what, steps, target, sight) => {
    const on = stage({}, [], ["./alpha"]);
    await toMerge(on);
    on.deeds[1]!.done({ target });
    await on.see("❯ Done");
    await on.press(...Array<string>(steps).fill(tab), enter);
    await on.see(sight);
  });

  it("merges to the Hub where that is chosen, and says so in the line", async () => {
    const on = stage({}, [], ["./alpha"]);
    await toForm(on, FP8, "Merge");
    await toRow(on, "Result goes to");
    await on.press(right);
    await on.see("❯ Result goes to   the Hub");
    expect(on.frame()).toContain("  Repository       org/name");
    expect(on.frame()).not.toContain("Write to");
    await on.press(down, enter, "me/model", enter);
    await on.see("--push me/model");
    await on.press(" ", down, down, down, enter);
    await on.see("Looking ahead");
    on.deeds[0]!.io.emit({ type: "warning", code: "uploads-weights", message: "weights travel\u0007" });
    await on.see("weights travel\\u{7}");
    on.deeds[0]!.done({ text: () => "Would push" });
    await on.see("❯ Push it     Change it     Leave it at the plan");
    expect(on.frame()).toContain("warning  weights travel\\u{7}");
    await on.press(tab, tab, enter);
    expect(on.left).toEqual([false]);
    expect(on.store.get().farewell).toEqual([
      `kvscale merge ./alpha --from ${FP8} --engine vllm --push me/model --pr --dry-run`,
    ]);
  });

  it("takes a text of one's own, and the built-in one again", async () => {
    const on = stage();
    await toForm(on, FP8, "Verify");
    await toRow(on, "Text to run it on");
    await on.press(enter, "my words.txt", enter);
    await on.see("--text 'my words.txt'");
    await toRow(on, "Text to run it on");
    await on.press(enter, esc);
    await on.see("Text to run it on   my words.txt");
    await on.press(enter, "\u0015", enter);
    await on.see("Text to run it on   a built-in one");
    expect(on.frame()).not.toContain("--text");
  });

  it("pushes to a repository that is typed, not found on the disk", async () => {
    const on = stage();
    await toForm(on, FP8, "Push");
    await on.see("❯ Repository     org/name");
    await on.press(enter);
    await on.see("▏ org/name");
    await on.press("models/alpha", enter);
    await on.see("❯ Pull request   no");
    expect(on.frame()).toContain(`kvscale push ${FP8} models/alpha --create`);
    await on.press(" ", down, down, down, enter);
    await on.see("Looking ahead");
    expect([...on.deeds[0]!.values]).toEqual([
      ["repository", "models/alpha"],
      ["pr", "yes"],
      ["create", "yes"],
      ["private", ""],
    ]);
  });

  it("verifies without a plan, by layers", async () => {
    const on = stage();
    await toForm(on, FP8, "Verify");
    await on.see("❯ Start");
    await on.press(enter);
    await on.see("Esc stop");
    expect(on.deeds[0]!.mode).toBe("run");
    const { emit } = on.deeds[0]!.io;
    emit({ type: "phase", name: "layer 1 of 4" });
    await on.see("0 %   layer 1 of 4");
    on.time = 4000;
    emit({ type: "phase", name: "layer 3 of 4" });
    await on.see("50 %   layer 3 of 4   2 s a layer   4 s left");
    on.deeds[0]!.done({ target: undefined, text: () => "ok" });
    await on.see("❯ Do more     Another checkpoint     Done");
  });

  it("tells a refusal with its remedy, and leads back to the choices", async () => {
    const on = stage({}, [], ["./alpha"]);
    await toForm(on, FP8, "Merge");
    await on.press(enter);
    await on.see("Looking ahead");
    on.deeds[0]!.refuse(dataRefusal("x", { expected: "room", found: "a wall\u0007", remedy: "Turn round." }));
    await on.see("expected room, found a wall\\u{7}");
    await on.see("→ Turn round.");
    await on.press(esc);
    await on.see("❯ See the plan");
  });

  it("ends the session on an error nobody foresaw", async () => {
    const on = stage({}, [], ["./alpha"]);
    await toForm(on, FP8, "Merge");
    await on.press(enter);
    on.deeds[0]!.refuse(new TypeError("a bug"));
    for (let turn = 0; turn < 100 && on.failures.length === 0; turn += 1) await on.press();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(on.failures).toEqual([new TypeError("a bug")]);
  });
});

describe("leaving", () => {
  it("Esc stops work, and what it still says is not heard", async () => {
    const on = stage({}, [], ["./alpha"]);
    await toMerge(on);
    await on.press(esc);
    expect(on.deeds[1]!.io.signal.aborted).toBe(true);
    await on.see("Would write OUT");
    on.deeds[1]!.done({ text: () => "Wrote OUT" });
    await on.press("x");
    expect(on.frame()).not.toContain("Wrote");
    expect(on.store.get().farewell).toEqual([]);
    expect(on.left).toEqual([]);
  });

  it("Ctrl-C stops work first, and leaves when it has ended", async () => {
    const on = stage({}, [], ["./alpha"]);
    await toMerge(on);
    await on.press(interrupt);
    expect(on.deeds[1]!.io.signal.aborted).toBe(true);
    for (let turn = 0; turn < 100 && on.left.length === 0; turn += 1) await on.press();
    await on.press("x");
    expect(on.left).toEqual([true]);
  });

  it.each<[where: string, go: (on: Stage) => Promise<void>, ...keys: string[]]>([
    ["the first screen", (on) => on.see("Which checkpoint?")],
    ["the overview", (on) => open(on, FP8)],
    ["a search", (on) => open(on, FP8), "/", "x"],
    ["the list of actions", (on) => open(on, FP8), enter],
    ["a form", (on) => toForm(on, FP8, "Convert")],
    ["a list of options", (on) => toForm(on, FP8, "Convert"), up, up, up, up, up, enter],
    ["a path", (on) => toForm(on, FP8, "Convert"), up, up, up, enter],
    ["the help", (on) => open(on, FP8), "?"],
  ])("Ctrl-C leaves %s at once, as interrupted", async (_where, go, ...keys) => {
    const on = stage();
    await go(on);
    await on.press(...keys);
    await on.press(interrupt);
    expect(on.left).toEqual([true]);
  });

  it("Ctrl-Z asks for the job to be stopped, wherever it is pressed", async () => {
    const on = stage({}, [], ["./alpha"]);
    await on.press("x", KEYS.suspend);
    expect(on.frame()).toContain("❯ x▏");
    await on.press(erase);
    await toMerge(on);
    await on.press(KEYS.suspend);
    expect(on.stops).toEqual(["Ctrl-Z", "Ctrl-Z"]);
    expect(on.deeds[1]!.io.signal.aborted).toBe(false);
  });

  it("q leaves where no text is typed", async () => {
    const on = stage();
    await on.press("q");
    await on.see("❯ q▏");
    await on.press(erase);
    await open(on, FP8);
    await on.press("q");
    expect(on.left).toEqual([false]);
  });

  it("? shows the keys, and any key hides them", async () => {
    const on = stage();
    await on.press("?");
    await on.see("❯ ?▏");
    await on.press(erase);
    await open(on, FP8);
    await on.press("?");
    await on.see("far off its role's median");
    await on.press("q");
    await on.see("[1 Scales 6]");
    expect(on.left).toEqual([]);
  });
});

describe("any terminal", () => {
  it.each([
    [80, 24],
    [50, 14],
    [60, 20],
    [120, 30],
    [200, 50],
  ])("%i by %i: every line of every screen fits", async (columns, rows) => {
    const on = stage({ columns, rows }, ["./a-checkpoint-with-a-name-that-is-rather-long"], ["./alpha"]);
    const fits = () => {
      const lines = on.frame().split("\n");
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(lines.at(-1)!.trim()).toMatch(/[a-z]$/);
    };
    fits();
    await open(on, checkpoint("llm-compressor-heads"));
    for (const part of ["1", "2", "3", "?"]) {
      await on.press(part);
      fits();
    }
    await on.press("x", "1", enter);
    fits();
    await on.press(enter);
    fits();
    await on.press(enter);
    await on.see("Looking ahead");
    fits();
    on.deeds[0]!.done(linesOutcome(100));
    await on.see("line 3");
    fits();
  });

  it("follows another size", async () => {
    const on = stage();
    await open(on, FP8);
    on.store.dispatch({ type: "resized", columns: 140, rows: 40 });
    await on.see("─".repeat(140));
    expect(on.frame().split("\n")).toHaveLength(40);
  });

  it("speaks instead of drawing for a screen reader", async () => {
    const on = stage({ reader: true }, [], ["./alpha"]);
    await open(on, FP8);
    expect(on.frame()).toContain("k: 3 layers, median 0.0138, no outliers");
    expect(on.frame()).toContain("closed, model.layers.0.self_attn");
    const signs = /[┤│█▁-▇\u2800-\u28ff❯▸▾●◐○◆×└├✓░]/;
    const silent = () => expect(on.frame().replaceAll(/^❯|^ *❯ /gm, "")).not.toMatch(signs);
    silent();
    await on.press(" ");
    await on.see("open, model.layers.0.self_attn");
    silent();
    await on.press("3");
    await on.see("shown: 3 Engines 4 of 13 load");
    await on.see("sglang-legacy");
    silent();
    await on.press("1", enter, enter, enter);
    await on.see("Looking ahead");
    silent();
    on.deeds[0]!.done({ bytes: 1000 });
    await on.see("a report");
    await on.press(enter);
    await on.see("Merge to");
    on.deeds[1]!.io.emit({ type: "file", path: "a", bytes: 470, total: 1000 });
    await on.see("40 percent");
  });

  it("says that it is too small rather than showing pieces, and goes on where there is room again", async () => {
    const on = stage({ columns: 49, rows: 30 });
    await on.see("Too small: 50 by 14 characters are needed.");
    on.store.dispatch({ type: "resized", columns: 50, rows: 14 });
    await on.see("Which checkpoint?");
    await on.press("x");
    on.store.dispatch({ type: "resized", columns: 80, rows: 13 });
    await on.see("Too small");
    await on.press(interrupt);
    expect(on.left).toEqual([true]);
  });
});
