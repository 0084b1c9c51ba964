import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { merge } from "../../src/operations/merge.js";

const ROOT = resolve(import.meta.dirname, "../..");
const CHECKPOINTS = resolve(ROOT, "../shared/data/checkpoints");
const PACKAGES = "import compressed_tensors, safetensors, torch, transformers";
const able = spawnSync("python3", ["-c", PACKAGES]).status === 0;
const absent = !able
  ? "skipped: Python has no transformers, compressed-tensors and safetensors here"
  : existsSync(CHECKPOINTS)
    ? undefined
    : "skipped: no real checkpoints beside this clone";

describe.skipIf(absent !== undefined)(`transformers and the official reader (${absent ?? "present"})`, () => {
  it.each(["vllm", "transformers"] as const)("load a merge for %s with its scales", async (engine) => {
    const scratch = mkdtempSync(join(tmpdir(), "kvscale-oracle-"));
    try {
      const out = join(scratch, "merged");
      const expected = join(scratch, "expected.json");
      writeFileSync(expected, JSON.stringify(await mergedScales(out, engine)));
      const script = join(ROOT, "test/oracle/merged_checkpoint.py");
      const { status, stdout, stderr } = spawnSync("python3", [script, out, expected], { encoding: "utf8" });
      expect(status, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ wrong: [], unexpected: [], missing: [] });
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});

async function mergedScales(out: string, engine: "vllm" | "transformers"): Promise<Record<string, number>> {
  const writing = {
    path: out,
    link: "copy",
    force: false,
    fsync: false,
    dryRun: false,
    strict: true,
  } as const;
  const base = join(CHECKPOINTS, "tiny-llama");
  const from = join(CHECKPOINTS, "tiny-llama.modelopt-kv-only");
  const io = { emit: () => {}, signal: new AbortController().signal };
  const { result } = await merge({ base, from, engine, writing }, io);
  return Object.fromEntries(result.scales.map(({ name, values }) => [name!, values[0]!]));
}
