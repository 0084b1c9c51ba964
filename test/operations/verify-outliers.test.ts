import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { randomFrom } from "../../src/numeric/random.js";
import { calibrate } from "../../src/operations/calibrate.js";
import { type Deps, localDeps } from "../../src/operations/deps.js";
import { type VerifyReport, verify } from "../../src/operations/verify.js";
import { biasedModel, ownWords } from "../support/model/key-biases.js";
import { scratchForAll, unheard } from "./desk.js";

const LENGTH = 24;
const BIASED = [0, 3];

describe("a Qwen2 with a large constant channel of K in some layers", () => {
  const folder = scratchForAll();
  let plain: VerifyReport;
  let biased: VerifyReport;
  beforeAll(async () => {
    plain = await verified([], join(folder(), "plain.safetensors"));
    biased = await verified(BIASED, join(folder(), "biased.safetensors"));
  }, 120_000);

  const increases = ({ model }: VerifyReport) =>
    new Map(model!.streams.map(({ name, pplIncrease }) => [name, pplIncrease]));

  it("is fine without them, in every layer and end to end", () => {
    expect([plain.ok, plain.model?.faults]).toEqual([true, []]);
    expect(Math.min(...plain.layers.map(({ figures }) => figures!.loss.sqnr))).toBeGreaterThan(25);
    expect(increases(plain).get("stored")).toBeLessThan(0.03);
    expect(plain.model?.advice.join()).not.toContain("outliers");
  });

  it("falls off the cliff in just these layers, with scales that fit and saturate nothing", () => {
    const failing = biased.layers.filter(({ level }) => level === "fail").map(({ layer }) => layer);
    expect(failing).toEqual(BIASED);
    for (const { layer, figures } of biased.layers) {
      const { loss, contrast } = figures!;
      if (BIASED.includes(layer)) expect(Math.max(loss.sqnr, contrast.ideal.sqnr)).toBeLessThan(15);
      else expect(loss.sqnr).toBeGreaterThan(25);
      expect([figures!.k.clipRate, figures!.v.clipRate]).toEqual([0, 0]);
    }
  });

  it("costs end to end what its layers foretell, and the verdict is no", () => {
    expect(biased.ok).toBe(false);
    expect(biased.model?.faults).toEqual([expect.stringMatching(/^perplexity rises by .* more than 3%$/)]);
    expect(increases(biased).get("stored")).toBeGreaterThan(0.3);
  });

  it("is mended by K in 16 bits, and by no other scales", () => {
    const by = increases(biased);
    expect(by.get("k16-v8")).toBeLessThan(0.03);
    for (const name of ["unit", "recalibrated", "per-head", "e5m2"]) {
      expect(by.get(name), name).toBeGreaterThan(0.3);
    }
  });

  it("is told so: which layers, and what to do there", () => {
    const [cost, cure, ...others] = biased.model!.advice;
    expect(cost).toMatch(/^This cache costs \+\d+ % perplexity, most of it in layers 0 and 3\.$/);
    expect(cure).toMatch(
      /^Layers 0 and 3: K channel outliers of up to \d+× the median; keep K in 16 bits there \([+−]\S+ % perplexity\)\.$/,
    );
    expect(others.join()).not.toMatch(/calibrate|saturate/);
    const outliers = biased.model!.layers.map(({ outlier: { channel, ratio } }) => [channel, ratio > 20]);
    // The channel or the one that it turns into: they are half a head apart.
    for (const layer of BIASED) expect([3, 11]).toContain(outliers[layer]![0]);
    expect(outliers.map(([, stands]) => stands)).toEqual([true, false, false, true]);
  });
});

/** Scales are calibrated first, on the text that they are then verified on. */
async function verified(layers: readonly number[], path: string): Promise<VerifyReport> {
  const model = await biasedModel(layers, 300);
  const { uniform } = randomFrom(3);
  const words = await ownWords(model, 24, LENGTH, uniform);
  const deps: Deps = {
    ...localDeps,
    open: async (ref, io) => (ref === "made-up" ? model.source : localDeps.open(ref, io)),
    readText: async () => JSON.stringify(words.map((ids) => [...ids])),
  };
  const on = { ref: "made-up", tokens: "its own words" };
  await calibrate({ ...on, sequenceLength: LENGTH, scaleFile: { path, force: false } }, unheard, deps);
  const compare = ["unit", "recalibrated", "per-head", "e5m2", "k16-v8"] as const;
  return verify({ ...on, scales: path, keys: LENGTH, compare }, unheard, deps);
}
