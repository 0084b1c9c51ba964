import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, describe, expect, it, vi } from "vitest";
import { COMMANDS } from "../../../src/cli/commands/index.js";
import { applySettings, flagsFrom } from "../../../src/cli/settings/apply.js";
import { readSettings } from "../../../src/cli/settings/file.js";
import { SETTINGS, type Settings } from "../../../src/cli/settings/schema.js";
import { checkpoint, scratch } from "../../operations/desk.js";
import { ran } from "../terminal.js";

const REF = checkpoint("modelopt-fp8");
const QUICK = ["--backend", "reference", "--sequence-length", "8", "--queries", "1"];

async function settings(value: unknown): Promise<string> {
  const file = join(await scratch(), "kvscale.config.json");
  await writeFile(file, typeof value === "string" ? value : JSON.stringify(value));
  return file;
}

afterEach(() => vi.unstubAllEnvs());

describe("precedence", () => {
  const engineOf = async (argv: readonly string[]) => {
    const { out } = await ran(["inspect", REF, "--json", ...argv]);
    return (JSON.parse(out).data.readiness as { engine: string }[]).map(({ engine }) => engine);
  };

  it("flags go before the environment, that before the file, and that before defaults", async () => {
    const config = await settings({ engine: "tgi" });
    expect((await engineOf([])).length).toBeGreaterThan(5);
    expect(await engineOf(["--config", config])).toEqual(["tgi"]);
    expect(await engineOf([`--config=${config}`])).toEqual(["tgi"]);
    vi.stubEnv("KVSCALE_ENGINE", "sglang");
    expect(await engineOf(["--config", config])).toEqual(["sglang"]);
    expect(await engineOf(["--config", config, "--engine", "vllm"])).toEqual(["vllm"]);
  });

  it("the thresholds of a file decide, and flags before them", async () => {
    const config = await settings({ thresholds: { minSqnr: 90, warnSqnr: 95 } });
    const argv = ["verify", REF, ...QUICK, "--config", config, "-q"];
    expect((await ran(argv)).exit).toBe(1);
    expect((await ran([...argv, "--min-sqnr", "1", "--warn-sqnr", "2"])).exit).toBe(0);
  });

  it("an engine for convert may come from the file, though the flag is required", async () => {
    const config = await settings({ engine: "vllm", link: "copy" });
    const argv = ["convert", REF, "-o", "never", "--dry-run", "--json"];
    expect((await ran(argv)).exit).toBe(2);
    expect((await ran([...argv, "--config", config])).exit).toBe(0);
  });

  it("extract copies as found whatever the file and the environment say", async () => {
    const config = await settings({ engine: "tgi" });
    vi.stubEnv("KVSCALE_ENGINE", "tgi");
    const [own, asked] = ["own", "asked"].map((name) => join(config, "..", `${name}.safetensors`));
    expect((await ran(["extract", REF, "-o", own!, "-q", "--config", config])).exit).toBe(0);
    expect((await ran(["extract", REF, "-o", asked!, "-q", "--engine", "tgi"])).exit).toBe(0);
    const names = async (file: string) => (await readFile(file, "utf8")).includes("k_proj.k_scale");
    expect([await names(own!), await names(asked!)]).toEqual([true, false]);
  });

  it("a flag goes before a setting that says the same in another way", async () => {
    const config = await settings({ calibration: { tokens: "nowhere.json" } });
    const text = join(config, "../text.txt");
    await writeFile(text, "Words to run a model on.");
    const argv = ["calibrate", REF, "--stats", join(config, "../s.json"), "--config", config];
    const { err } = await ran([...argv, "--text", text]);
    expect(err).not.toMatch(/nowhere\.json|both/);
    expect((await ran(argv)).err).toMatch(/--tokens .*nowhere\.json/);
  });

  it("what was taken is told, and stands in the command line of a report", async () => {
    const config = await settings({ engine: "tgi" });
    const report = join(config, "../r.md");
    const { err } = await ran(["inspect", REF, "--config", config, "--report", report]);
    expect(err).toMatch(/^settings of .*kvscale\.config\.json: --engine tgi$/m);
    expect(await readFile(report, "utf8")).toContain("--engine tgi\n```");
    expect((await ran(["inspect", REF, "--config", config, "-q"])).err).toBe("");
  });
});

describe("every key", () => {
  const all: Settings = {
    engine: "vllm",
    platform: "cpu",
    backend: "cpu",
    link: "copy",
    thresholds: { warnSqnr: 26, minSqnr: 22, maxClipRate: 0.001, maxPplIncrease: 0.01, minTop1: 0.9 },
    calibration: { text: "text.txt", tokens: "tokens.json" },
  };
  const reads = "--warn-sqnr 26 --min-sqnr 22 --max-clip-rate 0.001 --max-ppl-increase 0.01 --min-top1 0.9";
  it.each([
    ["inspect", "--engine vllm --platform cpu"],
    ["merge", "--engine vllm --link copy"],
    ["convert", "--engine vllm --link copy"],
    ["strip", "--link copy"],
    ["calibrate", "--engine vllm --text /set/text.txt --tokens /set/tokens.json --backend cpu --link copy"],
    ["verify", `--backend cpu ${reads}`],
    ["extract", ""],
    ["push", ""],
    ["doctor", ""],
  ])("%s takes %j", (name, flags) => {
    const program = new Command();
    const nowhere = { out: () => {}, err: () => {}, width: 80, animated: false, colour: false };
    for (const define of COMMANDS)
      program.addCommand(define({ ...nowhere, onInterrupt: () => () => {} }, () => {}));
    const command = program.commands.find((one) => one.name() === name)!;
    applySettings(command, { path: "/set/kvscale.config.json", settings: all });
    expect(pairs(flagsFrom(command, "config").join(" "))).toEqual(pairs(flags));
  });

  const pairs = (flags: string) => flags.split(/ (?=--)/).sort();
});

describe("a settings file", () => {
  it.each([
    ['{"enigne": "vllm"}', 'the unknown key "enigne"'],
    ['{"thresholds": {"min": 1}}', 'the unknown key "thresholds.min"'],
    ['{"engine": "vlm"}', '"engine": invalid option'],
    ['{"thresholds": {"maxClipRate": 2}}', '"thresholds.maxClipRate": too big'],
    ['{"thresholds": {"minSqnr": "20"}}', '"thresholds.minSqnr": invalid input: expected number'],
    ["{", "text that is no JSON"],
    ["[]", '"": invalid input: expected object'],
  ])("%s is refused, naming file and key: %s", async (text, found) => {
    const config = await settings(text);
    const { exit, out, err } = await ran(["inspect", REF, "--config", config]);
    expect([exit, out]).toEqual([2, ""]);
    expect(err).toContain(config);
    expect(err).toContain(found);
  });

  it("that is named and not there is refused; help is given all the same", async () => {
    expect((await ran(["inspect", REF, "--config", "nowhere.json"])).err).toContain("no such file");
    expect((await ran(["inspect", "--help", "--config", "nowhere.json"])).exit).toBe(0);
  });

  it("is found upward, up to the top of a repository", async () => {
    const config = await settings({ engine: "vllm" });
    const deep = join(config, "../a/b");
    await mkdir(deep, { recursive: true });
    expect(await readSettings(undefined, deep)).toEqual({ path: config, settings: { engine: "vllm" } });
    await mkdir(join(config, "../a/.git"));
    expect(await readSettings(undefined, deep)).toBeUndefined();
  });

  it("with every key is accepted", () => {
    const all = {
      $schema: "./node_modules/kvscale/schemas/config.schema.json",
      engine: "vllm",
      platform: "cuda",
      backend: "cpu",
      link: "hardlink",
      thresholds: { warnSqnr: 26, minSqnr: 22, maxClipRate: 0.001, maxPplIncrease: 0.01, minTop1: 0.9 },
      calibration: { text: "text.txt", tokens: "tokens.json" },
    };
    expect(Object.keys(SETTINGS.shape).sort()).toEqual(Object.keys(all).sort());
    expect(SETTINGS.parse(all)).toEqual(all);
  });
});
