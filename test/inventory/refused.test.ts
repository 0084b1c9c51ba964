import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HOSTILE } from "../../fixtures/recipes/hostile-cases.js";
import { inspect } from "../../src/operations/inspect.js";
import { merge } from "../../src/operations/merge.js";
import { strip } from "../../src/operations/strip.js";
import { refusalOf } from "../checkpoint/refusals.js";
import { checkpoint, filesOf, hostile, inventoryOf, scratch, unheard, writing } from "../operations/desk.js";

const INDEX = "model.safetensors.index.json";
const SECOND = "model-00002-of-00002.safetensors";

/** Checkpoints that cannot be read: the code, the file that the message names, and what it says was found. */
const REFUSED: Readonly<Record<string, readonly [code: string, file: string, found: RegExp]>> = {
  "index-escapes": ["index-path", INDEX, /"\.\.\/outside\.safetensors", a path that leaves the directory/],
  "index-absolute": ["index-path", INDEX, /"\/etc\/passwd", an absolute path/],
  "index-backslash": ["index-path", INDEX, /a path with a backslash/],
  "index-not-json": ["json-syntax", INDEX, /the end of the text/],
  "index-without-map": ["index-not-object", INDEX, /no `weight_map`/],
  "index-contradicts-header": ["tensor-misplaced", INDEX, /found model-00001-of-00002/],
  "index-names-too-much": ["tensor-missing", INDEX, /no such tensor there/],
  "index-names-too-little": ["tensor-not-indexed", INDEX, /no entry/],
  "shard-missing": ["shard-missing", INDEX, /no model-00002-of-00002\.safetensors/],
  "shard-truncated": ["data-cut-short", SECOND, /7 bytes less/],
  "shard-lfs-pointer": ["git-lfs-pointer", SECOND, /a Git-LFS pointer/],
  "shard-html": ["html-page", SECOND, /an HTML page/],
  "shard-pickle": ["pickle", SECOND, /a Python pickle/],
  "shard-endless-header": ["header-too-large", SECOND, /4611686018427387904 bytes/],
  "shard-empty": ["file-too-small", SECOND, /0 bytes/],
  "tensor-twice": ["tensor-in-two-shards", "model-b.safetensors", /it in model-a\.safetensors too/],
  "config-not-json": ["json-malformed", "config.json", /an HTML or XML page/],
  "config-empty": ["json-malformed", "config.json", /an empty file/],
  "config-array": ["json-malformed", "config.json", /"\["/],
  "scales-in-fp8": ["scale-dtype", "model.safetensors", /dtype F8_E4M3/],
  "scales-matrix": ["scale-shape", "model.safetensors", /shape \[2, 2\]/],
  "scales-large": ["scale-too-large", "model.safetensors", /shape \[65537\]/],
  "sidecar-rank-key": ["sidecar-invalid", "kv_cache_scales.json", /"rank0"/],
};

describe("a checkpoint that cannot be read", () => {
  it.each(Object.entries(REFUSED))("%s is refused: %s", async (name, [code, file, found]) => {
    const refusal = await refusalOf(inspect({ ref: hostile(name) }, unheard));
    expect([refusal.code, refusal.exit]).toEqual([code, "data"]);
    expect(refusal.subject.file).toBe(`${hostile(name)}/${file}`);
    expect(refusal.message).toContain(refusal.subject.file);
    expect(refusal.message).toMatch(/expected .*, found /);
    expect(refusal.message.slice(refusal.message.indexOf(", found "))).toMatch(found);
  });

  it.each(Object.keys(REFUSED))(
    "%s is refused as a base, as a source of scales, and by strip",
    async (name) => {
      const out = join(await scratch(), "out");
      const [code] = REFUSED[name]!;
      const from = checkpoint("modelopt-fp8");
      const base = checkpoint("base-indexed");
      const works = [
        () => merge({ base: hostile(name), from, writing: writing(out) }, unheard),
        () => merge({ base, from: hostile(name), writing: writing(out) }, unheard),
        () => strip({ ref: hostile(name), writing: writing(out) }, unheard),
      ];
      for (const work of works) expect((await refusalOf(work)).code).toBe(code);
      expect(await filesOf(join(out, ".."))).toEqual(new Map());
    },
  );

  it("is every hostile fixture that is not a matter of findings", async () => {
    for (const name of Object.keys(HOSTILE).filter((other) => !(other in REFUSED))) {
      await expect(inventoryOf(hostile(name)), name).resolves.toBeDefined();
    }
  });
});

describe("legal names that look like trouble", () => {
  it("members of every JavaScript object are names like others", async () => {
    const { shards, declarations } = await inventoryOf(hostile("prototype-names"));
    const names = [...shards[0]!.header.tensors.keys()];
    expect(names).toEqual(
      expect.arrayContaining(["__proto__", "constructor", "toString", "", "hasOwnProperty"]),
    );
    expect(declarations).toEqual([]);
  });

  it("scales outside the index are evidence, not part of the table", async () => {
    const { evidence, table } = await inventoryOf(hostile("stale-shard"));
    expect(evidence.map(({ file, indexed }) => [file, indexed])).toEqual(
      Array(4).fill(["kv-scales-old.safetensors", false]),
    );
    expect(table.entries).toEqual([]);
  });
});
