import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SETTINGS_NAME } from "../../src/cli/settings/file.js";
import { checkpoint, inventoryOf, ROOT, scratch } from "../operations/desk.js";
import { type Pane, pane, withoutTmux } from "./pane.js";

let built: string;

/** Stands for the keys that open the FP8 checkpoint. */
const OPEN = "open";

const SIGHTS = new Set(["❯ Write it", "❯ Done", "This did not work"]);

/** Bold, faint, inverse, the base colours of text, and their ends; 49 is the terminal's own background. */
const BASE = new Set(["0", "", "1", "2", "7", "22", "27", "31", "32", "33", "34", "36", "39", "49"]);

describe.skipIf(withoutTmux)("the session in a real terminal (skipped where tmux is missing)", () => {
  beforeAll(async () => {
    built = await mkdtemp(join(ROOT, "node_modules/.session-"));
    const entryPoints = [join(import.meta.dirname, "session-program.ts")];
    const how = {
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      packages: "external",
    } as const;
    await writeFile(join(built, "package.json"), '{ "type": "module", "version": "0.0.0" }');
    await build({ entryPoints, outdir: join(built, "dist/cli"), ...how, logLevel: "error" });
  });

  afterAll(() => rm(built, { recursive: true, force: true }));

  it.each<[columns: number, rows: number]>([
    [80, 24],
    [160, 50],
  ])("goes from a checkpoint to a merged one by keys alone, at %i by %i", async (columns, rows) => {
    const { folder, tty } = await started([columns, rows]);
    await tty.see("Which checkpoint?");
    await tty.press("tiny-F", "Tab");
    await tty.see("❯ tiny-FP8");
    await tty.press("Enter");
    const overview = await tty.see("[1 Scales 6]");
    expect(overview).toContain("model.layers.0.self_attn");
    expect(overview).toMatch(/0\.0326┤ █/);
    await tty.press("3", "Down");
    await tty.see("launch: vllm serve tiny-FP8");
    await tty.press("Enter");
    await tty.see("❯ Merge");
    await tty.press("Enter");
    await tty.see("❯ See the plan");
    await tty.press("Enter");
    expect(await tty.see("❯ Write it")).toContain("Nothing is lost.");
    expect(await readdir(folder)).not.toContain("tiny-KV");
    await tty.press("Enter");
    expect(await tty.see("❯ Done")).toContain("Wrote ./tiny-KV: 6 scales");
    await tty.press("Tab", "Enter");
    await tty.see("[1 Scales 6]");
    expect(await tty.ask("#{alternate_on} #{cursor_flag}")).toBe("1 0");
    await tty.press("q");
    const after = await tty.see("exit 0");
    expect(after).toContain(
      "kvscale merge ./tiny --from tiny-FP8 --engine vllm -o ./tiny-KV\nvllm serve ./tiny-KV",
    );
    await isRestored(folder, tty);
    expect((await inventoryOf(join(folder, "tiny-KV"))).table.entries).toHaveLength(6);
    expect(await readFile(join(folder, "state/kvscale/recent.json"), "utf8")).toContain("tiny-KV");
  });

  it("redraws at another size", async () => {
    const { tty } = await started([80, 24]);
    await tty.see("Which checkpoint?");
    await tty.press("tiny-FP8", "Enter");
    await tty.see("[1 Scales 6]");
    await tty.resize(130, 30);
    const wide = await tty.see("─".repeat(130));
    expect(wide.split("\n").filter((line) => line.includes("kvscale  ›"))).toHaveLength(1);
    await tty.resize(70, 20);
    await tty.see(`\n${"─".repeat(70)}\n`);
    expect((await tty.text()).split("\n")[0]).toBe(" kvscale  ›  tiny-FP8");
    await tty.press("C-c");
    await tty.see("exit 130");
  });

  it.each<[where: string, ...keys: string[]]>([
    ["the first screen"],
    ["the overview", OPEN],
    ["a search", OPEN, "/"],
    ["the help", OPEN, "?"],
    ["the list of actions", OPEN, "Enter"],
    ["a form", OPEN, "Enter", "Enter"],
    ["a list of options", OPEN, "Enter", "Enter", "Up", "Up", "Up", "Up", "Up", "Up", "Enter"],
    ["a path", OPEN, "Enter", "Enter", "Up", "Up", "Up", "Up", "Enter"],
    ["a plan", OPEN, "Enter", "Enter", "Enter", "❯ Write it"],
    ["a result", OPEN, "Enter", "Enter", "Enter", "❯ Write it", "Enter", "❯ Done"],
    ["a refusal", "nowhere", "Enter", "This did not work"],
  ])("Ctrl-C restores the terminal from %s", async (_where, ...keys) => {
    const { folder, tty } = await started([80, 24]);
    await tty.see("Which checkpoint?");
    for (const key of keys)
      await (SIGHTS.has(key) ? tty.see(key) : key === OPEN ? opened(tty) : tty.press(key));
    await tty.press("C-c");
    await tty.see("exit 130");
    await isRestored(folder, tty);
  });

  it("Ctrl-C while it copies leaves nothing behind", async () => {
    const { folder, tty } = await started([80, 24]);
    await opened(tty);
    const before = await readdir(folder);
    await copying(folder, tty);
    await tty.press("C-c");
    await tty.see("exit 130");
    await isRestored(folder, tty);
    const after = (await readdir(folder)).filter((name) => ![...before, "state"].includes(name));
    expect(after).toEqual(["stty-after"]);
  });

  it.each<[how: string, stop: (tty: Pane, pid: number) => unknown]>([
    ["Ctrl-Z", (tty) => tty.press("C-z")],
    ["a signal", (_, pid) => process.kill(pid, "SIGTSTP")],
  ])("%s gives the terminal back, and fg takes it again as it was", async (_how, stop) => {
    const after = "& echo $! > pid; fg; stty -a > stty-stopped; echo stopped; read on; fg";
    const { folder, tty } = await started([80, 24], "", after);
    await opened(tty);
    await tty.press("3", "Down");
    const before = await tty.see("❯ vllm");
    await stop(tty, Number(await readFile(join(folder, "pid"), "utf8")));
    await tty.see("stopped");
    expect(await tty.ask("#{alternate_on} #{cursor_flag} #{wrap_flag}")).toBe("0 1 1");
    const settings = await readFile(join(folder, "stty-stopped"), "utf8");
    expect(settings).toBe(await readFile(join(folder, "stty-before"), "utf8"));
    await tty.press("Enter");
    expect(await tty.see("❯ vllm")).toBe(before);
    await tty.press("Down");
    await tty.see("❯ sglang");
    await tty.press("C-c");
    await tty.see("exit 130");
    await isRestored(folder, tty);
  });

  it("goes on by itself where no shell could continue it", async () => {
    const { folder, tty } = await started([80, 24], "", "", "A=b", "");
    await opened(tty);
    await tty.press("C-z", "3");
    await tty.see("[3 Engines");
    await tty.press("C-c");
    await tty.see("exit 130");
    await isRestored(folder, tty);
  });

  it.each(["while nothing runs", "while it copies"])(
    "ends with its terminal, and leaves nothing behind %s",
    async (when) => {
      const { folder, tty } = await started([80, 24], "", "& echo $! > pid; fg");
      await opened(tty);
      const before = await readdir(folder);
      const pid = Number(await readFile(join(folder, "pid"), "utf8"));
      if (when === "while it copies") await copying(folder, tty);
      await tty.close();
      for (let turn = 0; turn < 200 && isRunning(pid); turn += 1) await setTimeout(50);
      expect(isRunning(pid)).toBe(false);
      expect((await readdir(folder)).filter((name) => ![...before, "state"].includes(name))).toEqual([]);
    },
  );

  it("shows nothing but ASCII under --ascii", async () => {
    const { tty } = await started([80, 24], "--ascii");
    await tty.see("Which checkpoint?");
    await tty.press("tiny-FP8", "Enter");
    expect(await tty.see("[1 Scales 6]")).toMatch(/0\.0326\+ #/);
    for (const [key, sight] of ASCII_TOUR) {
      await tty.press(key);
      expect(await tty.see(sight)).toMatch(/^[\x00-\x7f]*$/);
    }
    await tty.press("C-c");
    await tty.see("exit 130");
  });

  it("speaks on the main screen to a screen reader, and restores the terminal", async () => {
    const { folder, tty } = await started([80, 24], "", "", "INK_SCREEN_READER=true");
    await tty.see("Which checkpoint?");
    await tty.press("tiny-FP8", "Enter");
    await tty.see("shown: 1 Scales 6");
    expect(await tty.ask("#{alternate_on}")).toBe("0");
    expect(await tty.text()).toContain("k: 3 layers, median 0.0138, no outliers");
    await tty.press("C-c");
    await tty.see("exit 130");
    expect(await tty.ask("#{alternate_on} #{cursor_flag} #{wrap_flag}")).toBe("0 1 1");
    expect(await readFile(join(folder, "stty-after"), "utf8")).toBe(
      await readFile(join(folder, "stty-before"), "utf8"),
    );
  });

  it("a signal from outside ends it as it ends a command", async () => {
    const { folder, tty } = await started([80, 24], "", "& echo $! > pid; fg");
    await opened(tty);
    process.kill(Number(await readFile(join(folder, "pid"), "utf8")), "SIGTERM");
    await tty.see("exit 143");
    await isRestored(folder, tty);
  });

  it.each([
    ["crash-in-a-component", "cannot read|Cannot read"],
    ["crash-in-a-timer", "injected"],
    ["crash-in-the-session", "injected"],
    ["crash-in-a-report", "injected"],
  ])("%s restores the terminal and is told as our bug", async (crash, says) => {
    const { folder, tty } = await started([120, 50], crash);
    await tty.see("Which checkpoint?");
    if (crash === "crash-in-a-report") {
      await tty.press("tiny-FP8", "Enter");
      await tty.see("[1 Scales 6]");
      await tty.press("Enter", "Enter", "Enter");
    } else await tty.press("boom", "Enter");
    const screen = await tty.see("exit 70");
    expect(screen).toContain("This is a bug in kvscale.");
    expect(screen).toMatch(new RegExp(says));
    await isRestored(folder, tty);
  });

  it("shows no colour under NO_COLOR, and only the base ones otherwise", async () => {
    const coloured = await started([80, 24]);
    await opened(coloured.tty);
    const plain = await started([80, 24], "", "", "NO_COLOR=1");
    await opened(plain.tty);
    expect(codesOf(await plain.tty.drawn())).toEqual(new Set());
    const codes = codesOf(await coloured.tty.drawn());
    expect([...codes].filter((code) => !BASE.has(code))).toEqual([]);
    expect(codes.has("36")).toBe(true);
  });

  it("begins with what commands would take from settings and the environment, and refuses wrong ones", async () => {
    const under = (settings: object) =>
      started(
        [80, 24],
        "",
        "",
        "KVSCALE_BACKEND=reference",
        `echo '${JSON.stringify(settings)}' > ${SETTINGS_NAME}; `,
      );
    const { folder, tty } = await under({ engine: "tgi", link: "hardlink" });
    await opened(tty);
    await tty.press("Enter", "Enter");
    expect(await tty.see("--engine tgi")).toContain("--link hardlink");
    await tty.press("Escape");
    await tty.see("❯ Merge");
    await tty.press("Down", "Down", "Enter");
    await tty.see("--backend reference");
    await tty.press("C-c");
    await tty.see("exit 130");
    await isRestored(folder, tty);
    const wrong = await under({ engin: "tgi" });
    expect(await wrong.tty.see("exit 2")).toContain('the unknown key "engin"');
  });

  it.each(["CI=1", "TERM=dumb"])("prints the help instead under %s", async (setting) => {
    const { tty } = await started([100, 50], "", "", setting);
    expect(await tty.see("exit 2")).toContain("Usage: kvscale");
  });

  it("prints the help instead under --no-input, and when it is piped", async () => {
    const asked = await started([100, 50], "--no-input");
    expect(await asked.tty.see("exit 2")).toContain("Usage: kvscale");
    const piped = await started([100, 50], "", "2>&1 | cat");
    expect(await piped.tty.see("exit 0")).toContain("Usage: kvscale");
  });
});

async function opened(tty: Pane): Promise<void> {
  await tty.see("Which checkpoint?");
  await tty.press("tiny-FP8", "Enter");
  await tty.see("[1 Scales 6]");
}

/** From an opened checkpoint to a merge that copies a large file. */
async function copying(folder: string, tty: Pane): Promise<void> {
  await writeFile(join(folder, "tiny/large.bin"), "");
  await truncate(join(folder, "tiny/large.bin"), 512 * 1024 * 1024);
  await tty.press("Enter", "Enter", "Up", "Up", "Left");
  await tty.see("--link");
  await tty.press("Down", "Down", "Enter");
  await tty.see("❯ Write it");
  await tty.press("Enter");
  await tty.see("of 537 MB");
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Keys from the overview on, and what is seen after each. */
const ASCII_TOUR = [
  ["2", "Declared by"],
  ["3", "> tgi"],
  ["?", "Keys"],
  ["x", "> tgi"],
  ["Enter", "> Merge"],
  ["Enter", "> See the plan"],
  ["Enter", "> Write it"],
  ["Enter", "> Done"],
] as const;

function codesOf(screen: string): Set<string> {
  return new Set([...screen.matchAll(/\u001b\[([\d;]*)m/g)].flatMap(([, codes]) => codes!.split(";")));
}

/** The session in a folder with a base and an FP8 checkpoint, between two looks at the terminal's settings. */
async function started(
  size: readonly [number, number],
  argument = "",
  after = "",
  setting = "A=b",
  jobs = "set -m; ",
) {
  const folder = await scratch();
  await cp(join(ROOT, checkpoint("base-indexed")), join(folder, "tiny"), { recursive: true });
  await cp(join(ROOT, checkpoint("modelopt-fp8")), join(folder, "tiny-FP8"), { recursive: true });
  const program = `'${process.execPath}' '${join(built, "dist/cli/session-program.js")}' ${argument}`;
  const environment = `env -u CI -u NODE_ENV -u NO_COLOR -u FORCE_COLOR XDG_STATE_HOME='${folder}/state' ${setting}`;
  const command = `${jobs}stty -a > stty-before; ${environment} ${program} ${after}; code=$?; stty -a > stty-after; echo "exit $code"`;
  return { folder, tty: await pane(size, folder, command) };
}

async function isRestored(folder: string, tty: Pane): Promise<void> {
  expect(await tty.ask("#{alternate_on} #{cursor_flag} #{wrap_flag}")).toBe("0 1 1");
  const modes = new Map(
    [...(await tty.written()).matchAll(PRIVATE_MODE)].map(([, mode, end]) => [mode, end]),
  );
  expect(Object.fromEntries(modes)).toEqual({ 25: "h", 7: "h", 1049: "l", 2026: "l" });
  const settings = await readFile(join(folder, "stty-after"), "utf8");
  expect(settings).toBe(await readFile(join(folder, "stty-before"), "utf8"));
  expect(settings).toMatch(/ icanon .* echo /s);
}

/** What switches a terminal's behaviour; bracketed paste, mouse and keyboard modes would be among them. */
const PRIVATE_MODE = /\u001b\[[?>=]([\d;]*)([a-z])/g;
