import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { envOf, hubForTest } from "../checkpoint/hub/publishing.js";
import { checkpoint, hostile, ROOT, scratch } from "../operations/desk.js";
import { writeSmallModel } from "../support/model/small-llama.js";
import { ran } from "./terminal.js";

const BASE = checkpoint("base-indexed");
const FROM = checkpoint("modelopt-fp8");
const QUICK = ["--backend", "reference", "--max-tokens", "24", "--sequence-length", "12"];
const DRAWN = ["--backend", "reference", "--sequence-length", "8", "--queries", "1"];

/** The published files, by command, compiled by a validator that knows nothing of ours. */
const SCHEMAS = new Map(
  readdirSync(join(ROOT, "schemas"))
    .filter((name) => name.endsWith(".schema.json"))
    .map((name) => [
      name.replace(".schema.json", ""),
      new Ajv2020({ strictTypes: false }).compile(
        JSON.parse(readFileSync(join(ROOT, "schemas", name), "utf8")),
      ),
    ]),
);

/** Real output of every command, results and refusals; `MODEL` and `OUT` stand for a small model and a free path. */
const RUNS: readonly (readonly string[])[] = [
  ["inspect", FROM],
  ["inspect", hostile("control-characters")],
  ["inspect", checkpoint("llm-compressor-heads"), "--engine", "vllm"],
  ["inspect", "nowhere"],
  ["inspect"],
  ["extract", FROM],
  ["extract", FROM, "-o", "OUT.json"],
  ["extract", BASE],
  ["merge", BASE, "--from", FROM, "-o", "OUT", "--engine", "tgi-2028"],
  ["merge", BASE, "--from", FROM, "--push", "org/merged"],
  ["merge", BASE],
  ["convert", FROM, "--engine", "vllm", "-o", "OUT"],
  ["convert", BASE, "--engine", "vllm", "-o", "OUT"],
  ["strip", FROM, "-o", "OUT"],
  ["strip", hostile("config-not-json"), "-o", "OUT"],
  ["push", FROM, "org/pushed", "--create"],
  ["push", FROM, "org/planned", "--create", "--dry-run"],
  ["push", FROM, "nowhere"],
  ["verify", FROM, ...DRAWN, "--per-head"],
  ["verify", "MODEL", "--scales", "unit", "--compare", ...QUICK],
  ["verify", BASE],
  ["calibrate", "MODEL", "-o", "OUT", "--engine", "vllm", ...QUICK],
  ["calibrate", "MODEL", "-o", "OUT.safetensors", "--method", "mse", ...QUICK],
  ["calibrate", "MODEL", "--stats", "OUT.json", "--shard", "1/2", ...QUICK],
  ["calibrate", "MODEL"],
  ["doctor"],
];

beforeEach(async () => {
  for (const [name, value] of Object.entries(envOf(await hubForTest()))) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
});

describe("the published JSON schemas, by another validator", () => {
  it.each(RUNS.map((words) => [words.join(" "), words] as const))(
    "describe the output of %s",
    async (_, words) => {
      const folder = await scratch();
      if (words.includes("MODEL")) await writeSmallModel(join(folder, "model"));
      const named = words.map((word) =>
        word.replace(/^MODEL$/, join(folder, "model")).replace(/^OUT/, join(folder, "out")),
      );
      const envelope: unknown = JSON.parse((await ran([...named, "--json", "--no-github"])).out);
      const valid = SCHEMAS.get(words[0]!)!;
      expect([valid(envelope), valid.errors]).toEqual([true, null]);
      expect(valid({ ...(envelope as object), surprise: 1 })).toBe(false);
    },
  );

  it("are all held to some output, but for that of settings, which is held to its page", () => {
    const held = new Set(RUNS.map(([command]) => command!));
    expect([...SCHEMAS.keys()].filter((name) => !held.has(name))).toEqual(["config"]);
    const page = readFileSync(join(ROOT, "docs/settings.md"), "utf8");
    const settings: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)![1]!);
    const valid = SCHEMAS.get("config")!;
    expect([valid(settings), valid.errors]).toEqual([true, null]);
    expect(valid({ enigne: "vllm" })).toBe(false);
  });
});
