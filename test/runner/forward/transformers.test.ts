import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { deviation } from "../../../src/numeric/metrics.js";
import { ARCHITECTURES, sequencesOf, tensorsOf } from "../../support/model/architecture-cases.js";
import { checkpointOf, storedF32 } from "../../support/model/made-up.js";
import { runCheckpoint } from "../../support/model/run-made-up.js";

/** What test/oracle/model_goldens.py wrote: logits in base64, reach of K and V as [layer][KV head]. */
interface Golden {
  readonly name: string;
  readonly class: string;
  readonly logits: string;
  readonly k: readonly (readonly number[])[];
  readonly v: readonly (readonly number[])[];
}

const GOLDENS: { readonly transformers: string; readonly cases: readonly Golden[] } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../../fixtures/golden/models.json"), "utf8"),
);

describe(`architectures, against float32 logits of transformers ${GOLDENS.transformers}`, () => {
  it("has every case", () => {
    expect(GOLDENS.cases.map(({ name }) => name)).toEqual(ARCHITECTURES.map(([name]) => name));
  });

  it.each(GOLDENS.cases.map((golden) => [golden.class, golden.name, golden] as const))(
    "%s: %s",
    async (_class, name, golden) => {
      const [, config, lengths] = ARCHITECTURES.find(([title]) => title === name)!;
      const checkpoint = await checkpointOf(config, storedF32(tensorsOf(config)));
      const { run, logits } = await runCheckpoint(checkpoint, sequencesOf(lengths, config.vocab_size));
      const bytes = Buffer.from(golden.logits, "base64");
      const expected = new Float32Array(
        bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
      );
      expect(deviation(expected, logits).relativeL2).toBeLessThan(5e-6);
      for (const [layer, { reach }] of run.layers.entries())
        for (const role of ["k", "v"] as const)
          for (const [head, peak] of golden[role][layer]!.entries())
            expect(Math.abs(reach[role][head]! / peak - 1)).toBeLessThan(3e-6);
    },
  );
});

it("qwen3_moe counts its experts under the name that transformers 5 writes, too", async () => {
  const [, config] = ARCHITECTURES.find(([name]) => name === "qwen3_moe, a dense layer between")!;
  const { num_experts, ...rest } = config;
  const stored = storedF32(tensorsOf(config));
  const sequences = sequencesOf([9], config.vocab_size);
  const known = await runCheckpoint(await checkpointOf(config, stored), sequences);
  const later = await checkpointOf({ ...rest, num_local_experts: num_experts }, stored);
  expect((await runCheckpoint(later, sequences)).logits).toEqual(known.logits);
  const both = await checkpointOf({ ...config, num_local_experts: 3 }, stored);
  await expect(runCheckpoint(both, sequences)).rejects.toThrow(/num_local_experts/);
});
