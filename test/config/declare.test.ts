import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DialectId } from "../../src/config/declaration.js";
import { declare, undeclare } from "../../src/config/declare.js";
import { declarationsOf } from "../../src/config/dialects.js";
import type { ConfigDocuments } from "../../src/config/documents.js";
import { weightQuantizationOf } from "../../src/config/weights.js";
import { get } from "../../src/document/document.js";
import { isObject, type JsonObject } from "../../src/document/json.js";
import { refusalOf } from "../document/refusal.js";
import { configOn, DECLARABLE, FN, FNUZ, HEADS, QUANTIZED } from "./bases.js";
import { documents, quantized, textsOf } from "./texts.js";

const SIXTEEN = '{\n  "model_type": "llama",\n  "rms_norm_eps": 1e-05,\n  "vocab_size": 260\n}\n';

describe("what is written", () => {
  it("kv_cache_torch_dtype, in its sorted place", () => {
    const { config } = declare("kv_cache_torch_dtype", documents(SIXTEEN), FNUZ);
    expect(config!.text).toBe(SIXTEEN.replace("{\n", '{\n  "kv_cache_torch_dtype": "float8_e4m3fnuz",\n'));
  });

  it("the KV-only block of compressed-tensors", () => {
    const { config } = declare("compressed-tensors", documents(SIXTEEN), HEADS);
    const block = `{
    "config_groups": {},
    "format": "dense",
    "ignore": [
      "Linear"
    ],
    "kv_cache_scheme": {
      "dynamic": false,
      "num_bits": 8,
      "strategy": "attn_head",
      "symmetric": true,
      "type": "float"
    },
    "quant_method": "compressed-tensors",
    "quantization_status": "frozen"
  }`;
    expect(config!.text).toBe(SIXTEEN.replace('  "rms', `  "quantization_config": ${block},\n  "rms`));
  });

  it("ModelOpt's file for a KV-only checkpoint, as ModelOpt writes it", () => {
    const { config, quantConfig } = declare("modelopt", documents(SIXTEEN), FN);
    expect(config!.text).toBe(SIXTEEN);
    expect(quantConfig!.file).toBe("hf_quant_config.json");
    expect(quantConfig!.text).toBe(`{
    "producer": {
        "name": "modelopt"
    },
    "quantization": {
        "quant_algo": null,
        "kv_cache_quant_algo": "FP8",
        "quantized_layers": {}
    }
}`);
  });

  it("ModelOpt in both places where there are both", () => {
    const both = documents(configOn("modelopt"), {
      quantization: { quant_algo: "FP8", kv_cache_quant_algo: null },
    });
    for (const dialect of ["modelopt", "modelopt-inline"] as const) {
      const after = declare(dialect, both, FN);
      expect(get(after.quantConfig!, ["quantization", "kv_cache_quant_algo"])).toBe("FP8");
      const codes = declarationsOf(after).flatMap(({ findings }) => findings.map(({ code }) => code));
      expect(codes).toEqual([]);
      expect(textsOf(undeclare(after))).toEqual(textsOf(both));
    }
  });

  it("Quark's rules repeat the global one, or a fused qkv layer would have three", () => {
    const { config } = declare("quark", documents(configOn("quark")), FN);
    const layers = get(config!, ["quantization_config", "layer_quant_config"]) as JsonObject;
    expect([...layers.keys()]).toEqual(["*k_proj", "*v_proj"]);
    for (const rule of layers.values()) {
      expect([...(rule as JsonObject).keys()]).toEqual(Object.keys(QUANTIZED.quark.global_quant_config));
      expect((rule as JsonObject).get("weight")).toEqual(
        get(config!, ["quantization_config", "global_quant_config", "weight"]),
      );
      expect(((rule as JsonObject).get("output_tensors") as JsonObject).get("dtype")).toBe("fp8_e4m3");
    }
  });

  it("only keys of kv_cache_scheme that every compressed-tensors since 0.11 accepts", () => {
    const accepted = [
      "num_bits",
      "type",
      "symmetric",
      "group_size",
      "strategy",
      "block_structure",
      "dynamic",
      "actorder",
      "observer",
      "observer_kwargs",
    ];
    for (const [dialect, base, wish] of DECLARABLE) {
      const { config } = declare(dialect, documents(configOn(base)), wish);
      const scheme = get(config!, ["quantization_config", "kv_cache_scheme"]);
      if (isObject(scheme)) expect(accepted).toEqual(expect.arrayContaining([...scheme.keys()]));
      if (dialect === "compressed-tensors") expect((scheme as JsonObject).size).toBe(5);
    }
  });
});

describe("what is declared is read back, without a finding that an engine would refuse", () => {
  it.each(DECLARABLE)("%s on %s: %j", (dialect, base, wish) => {
    const before = documents(configOn(base));
    const after = declare(dialect, before, wish);
    const [said, ...more] = declarationsOf(after).filter(({ cache }) => cache !== "none");
    expect(more).toEqual([]);
    expect(said).toMatchObject({ cache: wish.format, dynamic: false });
    if (said!.strategy !== undefined) expect(said!.strategy).toBe(wish.strategy);
    expect(said!.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(weightQuantizationOf(after).kvOnly).toBe(base === "16-bit" && dialect !== "kv_cache_torch_dtype");
    expect(textsOf(declare(dialect, after, wish))).toEqual(textsOf(after));
  });
});

describe("undeclaring", () => {
  it.each(DECLARABLE)("restores the bytes after %s on %s: %j, in any layout", (dialect, base, wish) => {
    fc.assert(
      fc.property(layouts, others, (layout, members) => {
        const before = documents(layout(configOn(base, members)));
        const after = declare(dialect, before, wish);
        expect(declarationsOf(after)).not.toEqual(declarationsOf(before));
        expect(textsOf(undeclare(after))).toEqual(textsOf(before));
      }),
      { numRuns: 100 },
    );
  });

  it("restores the bytes after several dialects, in whatever order", () => {
    const dialects: DialectId[] = ["kv_cache_torch_dtype", "compressed-tensors"];
    fc.assert(
      fc.property(
        layouts,
        others,
        fc.shuffledSubarray(dialects, { minLength: 2 }),
        (layout, members, order) => {
          const before = documents(layout(members));
          const after = order.reduce<ConfigDocuments>((docs, dialect) => declare(dialect, docs, FN), before);
          expect(declarationsOf(after)).toHaveLength(2);
          expect(textsOf(undeclare(after))).toEqual(textsOf(before));
        },
      ),
    );
  });

  it.each<[string, ConfigDocuments, object | undefined, object | undefined]>([
    ["the mistaken key", documents({ a: 1, kv_cache_dtype: "float8_e4m3fn" }), { a: 1 }, undefined],
    [
      "a KV-only block",
      quantized({ quant_method: "compressed-tensors", config_groups: {}, ignore: [], kv_cache_scheme: {} }),
      { model_type: "llama" },
      undefined,
    ],
    [
      "a string in compressed-tensors",
      quantized({ ...QUANTIZED["compressed-tensors"], kv_cache_scheme: "static" }),
      configOn("compressed-tensors", { model_type: "llama" }),
      undefined,
    ],
    [
      "a block nested in the text model",
      documents({
        text_config: {
          a: 1,
          quantization_config: { quant_method: "compressed-tensors", kv_cache_scheme: {} },
        },
      }),
      { text_config: { a: 1 } },
      undefined,
    ],
    [
      "ModelOpt, KV only, in both places",
      documents(
        { a: 1, quantization_config: { quant_method: "modelopt", kv_cache_scheme: { num_bits: 8 } } },
        { quantization: { quant_algo: null, kv_cache_quant_algo: "FP8" } },
      ),
      { a: 1 },
      undefined,
    ],
    [
      "ModelOpt's file beside FP8 weights",
      documents({}, { quantization: { quant_algo: "FP8", kv_cache_quant_algo: "FP8" } }),
      {},
      { quantization: { quant_algo: "FP8", kv_cache_quant_algo: null } },
    ],
    [
      "a scheme beside AWQ",
      quantized({ quant_method: "awq", bits: 4, kv_cache_scheme: {}, kv_cache_quant_algo: "FP8" }),
      { model_type: "llama", quantization_config: { quant_method: "awq", bits: 4 } },
      undefined,
    ],
    [
      "Quark's Python argument",
      quantized({ ...QUANTIZED.quark, kv_cache_quant_config: { "*k_proj": {} } }),
      configOn("quark", { model_type: "llama" }),
      undefined,
    ],
    [
      "Quark's query outputs too",
      quantized({
        ...QUANTIZED.quark,
        export: { kv_cache_group: ["*k_proj"] },
        layer_quant_config: {
          "*q_proj": { weight: 1, output_tensors: { dtype: "fp8_e4m3" } },
          "*k_proj": { weight: 1, output_tensors: { dtype: "fp8_e4m3" } },
        },
      }),
      {
        model_type: "llama",
        quantization_config: {
          ...QUANTIZED.quark,
          export: { kv_cache_group: [] },
          layer_quant_config: {
            "*q_proj": { weight: 1, output_tensors: null },
            "*k_proj": { weight: 1, output_tensors: null },
          },
        },
      },
      undefined,
    ],
  ])("takes out %s", (_, before, config, quantConfig) => {
    const after = undeclare(before);
    expect(textsOf(after)).toEqual(textsOf(documents(config, quantConfig)));
    expect(declarationsOf(after).filter(({ cache }) => cache !== "none")).toEqual([]);
    expect(undeclare(after)).toBe(after);
  });

  it("leaves alone what declares nothing", () => {
    for (const base of Object.keys(QUANTIZED) as (keyof typeof QUANTIZED)[]) {
      const before = documents(configOn(base), {
        quantization: { quant_algo: "FP8", kv_cache_quant_algo: null },
      });
      expect(undeclare(before)).toBe(before);
    }
  });

  it("of a KV-only ModelOpt checkpoint makes way for another dialect", () => {
    const before = declare("modelopt-inline", declare("modelopt", documents(SIXTEEN), FN), FN);
    const after = declare("compressed-tensors", undeclare(before), FN);
    expect(declarationsOf(after).map(({ dialect }) => dialect)).toEqual(["compressed-tensors"]);
    expect(after.quantConfig).toBeUndefined();
  });
});

describe("what cannot be declared is refused", () => {
  const WITH_FILE = documents({}, { quantization: { quant_algo: "FP8" } });
  it.each<[string, DialectId, ConfigDocuments, typeof FN, string, string]>([
    [
      "compressed-tensors beside awq",
      "compressed-tensors",
      quantized({ quant_method: "awq" }),
      FN,
      "quantization-forbids-dialect",
      '"awq"',
    ],
    [
      "compressed-tensors beside gptq",
      "compressed-tensors",
      quantized({ quant_method: "gptq" }),
      FN,
      "quantization-forbids-dialect",
      '"gptq"',
    ],
    [
      "compressed-tensors beside fp8",
      "compressed-tensors",
      documents(configOn("fp8")),
      FN,
      "quantization-forbids-dialect",
      '"fp8"',
    ],
    [
      "compressed-tensors beside modelopt",
      "compressed-tensors",
      documents(configOn("modelopt")),
      FN,
      "quantization-forbids-dialect",
      '"modelopt"',
    ],
    [
      "compressed-tensors beside ModelOpt's file",
      "compressed-tensors",
      WITH_FILE,
      FN,
      "quantization-forbids-dialect",
      "hf_quant_config.json",
    ],
    [
      "compressed-tensors beside no method",
      "compressed-tensors",
      quantized({ bits: 4 }),
      FN,
      "quantization-forbids-dialect",
      "no quant_method",
    ],
    [
      "modelopt beside compressed-tensors",
      "modelopt",
      documents(configOn("compressed-tensors")),
      FN,
      "quantization-forbids-dialect",
      '"compressed-tensors"',
    ],
    [
      "modelopt-inline beside fp8",
      "modelopt-inline",
      documents(configOn("fp8")),
      FN,
      "quantization-forbids-dialect",
      '"fp8"',
    ],
    [
      "autofp8 on 16-bit weights",
      "autofp8",
      documents(SIXTEEN),
      FN,
      "quantization-forbids-dialect",
      "16-bit weights",
    ],
    [
      "quark on 16-bit weights",
      "quark",
      documents(SIXTEEN),
      FN,
      "quantization-forbids-dialect",
      "16-bit weights",
    ],
    [
      "quark without its export",
      "quark",
      quantized({ quant_method: "quark" }),
      FN,
      "quark-config-incomplete",
      "`export`",
    ],
    [
      "quark with rules for every attention layer",
      "quark",
      quantized({ ...QUANTIZED.quark, layer_quant_config: { "*self_attn*": {} } }),
      FN,
      "quark-rules-overlap",
      "*self_attn*",
    ],
    [
      "quark with a rule for one k_proj",
      "quark",
      quantized({ ...QUANTIZED.quark, layer_quant_config: { "model.layers.0.self_attn.k_proj": {} } }),
      FN,
      "quark-rules-overlap",
      "layers.0",
    ],
    ["no config.json", "compressed-tensors", {}, FN, "config-missing", "config.json"],
    [
      "fnuz in compressed-tensors",
      "compressed-tensors",
      documents(SIXTEEN),
      FNUZ,
      "dialect-cannot-say",
      "float8_e4m3fnuz",
    ],
    ["fnuz in modelopt", "modelopt", documents(SIXTEEN), FNUZ, "dialect-cannot-say", "float8_e4m3fnuz"],
    [
      "e5m2 anywhere",
      "kv_cache_torch_dtype",
      documents(SIXTEEN),
      { format: "float8_e5m2", strategy: "tensor" },
      "dialect-cannot-say",
      "float8_e5m2",
    ],
    [
      "per head in modelopt",
      "modelopt",
      documents(SIXTEEN),
      HEADS,
      "dialect-cannot-say",
      "one scale per KV head",
    ],
    [
      "per head in quark",
      "quark",
      documents(configOn("quark")),
      HEADS,
      "dialect-cannot-say",
      "one scale per KV head",
    ],
    [
      "the key that nobody reads",
      "kv_cache_dtype",
      documents(SIXTEEN),
      FN,
      "dialect-cannot-say",
      "read by no engine",
    ],
  ])("%s", (_, dialect, before, wish, code, words) => {
    const refusal = refusalOf(() => declare(dialect, before, wish));
    expect(refusal.code).toBe(code);
    expect(refusal.exit).toBe("data");
    expect(refusal.message).toContain(words);
    expect(refusal.remedy).toMatch(/^[A-Z].*\.$/);
  });
});

/** The writers' layouts: indentation, line breaks, end of file, sorted keys or not. */
const layouts = fc
  .record({
    indent: fc.constantFrom(0, 2, 4, "\t"),
    eol: fc.constantFrom("\n", "\r\n"),
    tail: fc.constantFrom("", "\n"),
    sorted: fc.boolean(),
    spaced: fc.boolean(),
  })
  .map(({ indent, eol, tail, sorted, spaced }) => (value: object) => {
    const ordered = sorted
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
    const text = JSON.stringify(ordered, null, indent).replaceAll("\n", eol) + tail;
    return indent === 0 && spaced ? text.replaceAll('":', '" : ').replaceAll(',"', ', "') : text;
  });

/** Members of a config that do not speak of quantisation. */
const others = fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), fc.jsonValue({ maxDepth: 1 }), {
  minKeys: 1,
  maxKeys: 6,
});
