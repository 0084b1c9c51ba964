import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { declare, undeclare } from "../../src/config/declare.js";
import { declarationsOf } from "../../src/config/dialects.js";
import type { ConfigDocuments } from "../../src/config/documents.js";
import { weightQuantizationOf } from "../../src/config/weights.js";
import { DECLARABLE, FN } from "./bases.js";
import { documents, textsOf } from "./texts.js";

const REAL = resolve(import.meta.dirname, "../../../shared/data/checkpoints");
const here = existsSync(REAL);
const configs = here ? readdirSync(REAL).filter((name) => existsSync(join(REAL, name, "config.json"))) : [];

describe.skipIf(!here)("real configs (skipped where shared/data is missing)", () => {
  const text = (name: string, file: string) => readFileSync(join(REAL, name, file), "utf8");
  const open = (name: string) =>
    documents(
      text(name, "config.json"),
      existsSync(join(REAL, name, "hf_quant_config.json")) ? text(name, "hf_quant_config.json") : undefined,
    );
  const sixteen = configs.filter((name) => !name.includes("."));
  const onSixteen = DECLARABLE.filter(([, base]) => base === "16-bit");

  it.each(sixteen)("%s: declared in every dialect and restored, with two and four spaces", (name) => {
    const two = text(name, "config.json");
    const four = two.replace(/^ +/gm, (spaces) => spaces + spaces);
    for (const config of [two, four, two.trimEnd()]) {
      for (const [dialect, , wish] of onSixteen) {
        const after = declare(dialect, documents(config), wish);
        expect(textsOf(after)).not.toEqual(textsOf(documents(config)));
        expect(textsOf(undeclare(after))).toEqual(textsOf(documents(config)));
      }
    }
  });

  it.each<[string, string[], boolean]>([
    ["tiny-llama", [], false],
    ["tiny-llama.autofp8", ["autofp8"], false],
    ["tiny-llama.llm-compressor-fp8", ["compressed-tensors"], false],
    ["tiny-llama.modelopt-fp8", ["modelopt-inline", "modelopt"], false],
    ["tiny-llama.modelopt-kv-only", ["modelopt-inline", "modelopt"], true],
  ])("%s declares %j", (name, dialects, kvOnly) => {
    const found = declarationsOf(open(name));
    expect(found.map(({ dialect }) => dialect)).toEqual(dialects);
    expect(found.every(({ cache, dynamic }) => cache === "float8_e4m3fn" && !dynamic)).toBe(true);
    expect(found.flatMap(({ findings }) => findings).filter(({ severity }) => severity === "error")).toEqual(
      [],
    );
    expect(weightQuantizationOf(open(name)).kvOnly).toBe(kvOnly);
    expect(declarationsOf(undeclare(open(name))).filter(({ cache }) => cache !== "none")).toEqual([]);
  });

  it("the KV-only ModelOpt checkpoint becomes a plain one, but for the place of its keys", () => {
    const after = undeclare(open("tiny-llama.modelopt-kv-only"));
    expect(after.quantConfig).toBeUndefined();
    expect(JSON.parse(after.config!.text)).toEqual(JSON.parse(text("tiny-llama", "config.json")));
  });

  it("undeclare, then declare: the producers' own files come back as values", () => {
    const [fp8, opt] = ["tiny-llama.autofp8", "tiny-llama.modelopt-fp8"].map(open) as [
      ConfigDocuments,
      ConfigDocuments,
    ];
    expect(JSON.parse(declare("autofp8", undeclare(fp8), FN).config!.text)).toEqual(
      JSON.parse(fp8.config!.text),
    );
    const again = declare("modelopt", undeclare(opt), FN);
    expect(JSON.parse(again.config!.text)).toEqual(JSON.parse(opt.config!.text));
    expect(JSON.parse(again.quantConfig!.text)).toEqual(JSON.parse(opt.quantConfig!.text));
  });
});

const HUB = resolve(import.meta.dirname, "../../../shared/data/kv-scales/hub");

describe.skipIf(!existsSync(HUB))("configs from the Hub (skipped where shared/data is missing)", () => {
  it("TGI's example model", () => {
    const docs = documents(readFileSync(join(HUB, "mohitsha_Llama-2-7b-chat-hf-FP8-KV.config.json"), "utf8"));
    expect(declarationsOf(docs)).toEqual([
      {
        dialect: "kv_cache_torch_dtype",
        file: "config.json",
        path: "kv_cache_torch_dtype",
        cache: "float8_e4m3fn",
        dynamic: false,
        findings: [],
      },
    ]);
    expect(textsOf(declare("kv_cache_torch_dtype", undeclare(docs), FN))).toEqual(textsOf(docs));
  });

  it("an NVFP4 checkpoint with an FP8 cache", () => {
    const name = "vipertsniper_DeepSeek-R1-Distill-Qwen-32B-NVFP4.hf_quant_config.json";
    const docs = documents({}, readFileSync(join(HUB, name), "utf8"));
    expect(declarationsOf(docs)).toMatchObject([
      { dialect: "modelopt", cache: "float8_e4m3fn", findings: [] },
    ]);
    expect(textsOf(declare("modelopt", undeclare(docs), FN))).toEqual(textsOf(docs));
  });
});
