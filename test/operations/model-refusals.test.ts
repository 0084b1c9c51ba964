import { mkdir, readdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/errors.js";
import { ran } from "../cli/terminal.js";
import { filesOf, type Stored } from "../support/model/made-up.js";
import { LLAMA, llamaTensors, spoilt, TOKENS } from "../support/model/small-llama.js";
import { scratch } from "./desk.js";

/** A folder with `model/`, `tokens.json` and an empty `out/`. */
async function bench(change: (stored: Map<string, Stored>) => void = () => {}) {
  const folder = await scratch();
  const stored = llamaTensors();
  change(stored);
  for (const name of ["model", "out"]) await mkdir(join(folder, name));
  for (const [name, bytes] of filesOf(LLAMA, stored)) await writeFile(join(folder, "model", name), bytes);
  await writeFile(join(folder, "tokens.json"), JSON.stringify(TOKENS));
  return folder;
}

const VALUES = "model.layers.1.self_attn.v_proj.weight";
const DOWN = "model.layers.2.mlp.down_proj.weight";
const reference = ["--backend", "reference"];

/** The two commands that run a model, and what they may leave in `out/` when they are refused. */
const COMMANDS = [
  ["calibrate", (folder: string) => ["-o", join(folder, "out/scales.json")]],
  ["calibrate, statistics alone", (folder: string) => ["--stats", join(folder, "out/stats.json")]],
  ["verify", (folder: string) => ["--scales", "unit", "--junit", join(folder, "out/report.xml")]],
] as const;

const REFUSED = [
  ["NaN among the weights", bench.bind(null, (s) => spoilt(s, VALUES)), /finite values in layer 1/],
  [
    "a tensor that is missing",
    bench.bind(null, (s) => void s.delete(DOWN)),
    /tensor "model\.layers\.2\.mlp\.down_proj\.weight"/,
  ],
  [
    "a tensor of another shape",
    bench.bind(null, (s) => void s.set(DOWN, { ...s.get(DOWN)!, shape: [48, 32] })),
    /expected shape \[32, 48\].*found shape \[48, 32\]/,
  ],
  [
    "a shard that ends too early",
    async () => {
      const folder = await bench();
      await truncate(join(folder, "model/model.safetensors"), 20_000);
      return folder;
    },
    /model\.safetensors/,
  ],
  [
    "a token that the model does not have",
    async () => {
      const folder = await bench();
      await writeFile(join(folder, "tokens.json"), "[1, 2, 40]");
      return folder;
    },
    /tokens\.json: expected token ids below 40.*found 40 at position 2/s,
  ],
] as const;

describe.each(COMMANDS)("%s", (command, outputs) => {
  const run = (folder: string, ...flags: string[]) =>
    ran([command.split(",")[0]!, join(folder, "model"), ...outputs(folder), ...reference, ...flags], {
      width: 1000,
    });

  it.each(REFUSED)("refuses %s, and leaves nothing half-written", async (_, make, told) => {
    const folder = await make();
    const { exit, out, err } = await run(folder, "--tokens", join(folder, "tokens.json"));
    expect([exit, out]).toEqual([EXIT.data, ""]);
    expect(err).toMatch(told);
    // Nor the state of the layers that went well: no run of these weights could go on with it.
    expect(await readdir(join(folder, "out"))).toEqual([]);
  });

  it("refuses text where there is no tokenizer", async () => {
    const folder = await bench();
    await writeFile(join(folder, "text.txt"), "some words");
    const { exit, err } = await run(folder, "--text", join(folder, "text.txt"));
    expect([exit, await readdir(join(folder, "out"))]).toEqual([EXIT.data, []]);
    expect(err).toMatch(/tokenizer\.json/);
    expect(err).toMatch(/--tokens FILE/);
  });
});
