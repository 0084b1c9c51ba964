import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { referenceBackend } from "../../../src/backend/reference.js";
import { openRef } from "../../../src/checkpoint/open.js";
import { readInventory } from "../../../src/checkpoint/read-inventory.js";
import { scoredRows, streamFigures } from "../../../src/model/perplexity.js";
import { deviation } from "../../../src/numeric/metrics.js";
import { nativeVariants } from "../../conformance/native-backends.js";
import { quietIo } from "../../support/model/made-up.js";
import { runCheckpoint, type Watched } from "../../support/model/run-made-up.js";

const DATA = resolve(import.meta.dirname, "../../../../shared/data");
const missing = !existsSync(resolve(DATA, "golden"));
const TOKENS = 256;

/** Every instruction set that this machine has, and the reference. */
const BACKENDS = [...(await nativeVariants()), ["reference", referenceBackend] as const];

// Measured: relative L2 of the logits 0.9e-3 to 1.0e-3, nll within 9e-5. Inputs rounded to 8 bits are 1e-3 off each.
describe.skipIf(missing)("products in BF16 (skipped where ../shared is missing)", () => {
  let model: Parameters<typeof runCheckpoint>[0];
  let ids: Int32Array;
  let exact: Watched;
  const run = (backend: (typeof BACKENDS)[number][1], precision: "float32" | "bfloat16") =>
    runCheckpoint(model, [ids], { backend, precision });

  beforeAll(async () => {
    const source = await openRef(resolve(DATA, "checkpoints/tiny-llama"), quietIo);
    model = { source, inventory: await readInventory(source, quietIo) };
    const tokens = readFileSync(resolve(DATA, "golden/tiny-llama.tokens.json"), "utf8");
    ids = Int32Array.from((JSON.parse(tokens) as number[]).slice(0, TOKENS));
    exact = await run(BACKENDS[0]![1], "float32");
  }, 120_000);

  it.each(BACKENDS)(
    "on %s stay within their noise of float32's",
    async (_, backend) => {
      const rounded = await run(backend, "bfloat16");
      const { relativeL2 } = deviation(exact.logits, rounded.logits);
      expect(relativeL2).toBeLessThan(0.003);
      expect(relativeL2).toBeGreaterThan(1e-4);
      expect(Math.abs(nllOf(rounded) - nllOf(exact))).toBeLessThan(0.001);
    },
    120_000,
  );
});

function nllOf({ run: { figures, targets } }: Watched): number {
  const of = { nll: figures!.nll, kl: figures!.kl, top: figures!.top };
  return streamFigures(of, of, scoredRows(targets)).nll;
}
