import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parametersNamed } from "../../../src/engines/names/parameters.js";
import { sglangRemap } from "../../../src/engines/names/sglang-remap.js";
import { vllmMapper } from "../../../src/engines/names/vllm-mapper.js";
import { vllmRemap } from "../../../src/engines/names/vllm-remap.js";

interface Row {
  readonly name: string;
  readonly [column: string]: string | null;
}

const FILE = resolve(import.meta.dirname, "../../../../shared/conformance/engine-names.json");
const missing = !existsSync(FILE);

/** The attention modules of the file's names, with the parameters that its harness gave each. */
const MODULES = [
  "model.layers.0.self_attn",
  "language_model.model.layers.7.self_attn",
  "backbone.layers.12.mixer",
  "model.decoder.layers.2.encoder_attn",
  "layers.4.attention",
];
const LETTERS = ["q", "k", "v"];
const ordinary = parametersNamed(MODULES.flatMap((path) => LETTERS.map((x) => `${path}.attn.${x}_scale`)));
const latent = parametersNamed(
  MODULES.flatMap((path) => LETTERS.map((x) => `${path}.mla_attn.mla_attn.${x}_scale`)),
);

const COLUMNS: Readonly<Record<string, (name: string) => string | null>> = {
  vllm_remap: (name) => vllmRemap(name, ordinary),
  vllm_remap_mla: (name) => vllmRemap(name, latent),
  vllm_mapper_base: (name) => vllmMapper(name, "base"),
  vllm_mapper_fp8: (name) => vllmMapper(name, "fp8"),
  vllm_mapper_quark: (name) => vllmMapper(name, "quark"),
  sglang_remap: (name) => sglangRemap(name, ordinary),
};

describe.skipIf(missing)(
  `the engines' own answers${missing ? " (skipped: ../shared/conformance/engine-names.json is not here)" : ""}`,
  () => {
    const rows: readonly Row[] = missing ? [] : JSON.parse(readFileSync(FILE, "utf8")).rows;

    it("are 225 names", () => expect(rows.length).toBe(225));

    it.each(Object.keys(COLUMNS))("agree with %s for every name", (column) => {
      const ours = rows.map(({ name }) => [name, COLUMNS[column]!(name)]);
      expect(ours).toEqual(rows.map((row) => [row.name, row[column]]));
    });
  },
);
