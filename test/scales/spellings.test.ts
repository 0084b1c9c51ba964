import { describe, expect, it } from "vitest";
import type { Refusal } from "../../src/errors.js";
import { SIDECARS } from "../../src/scales/sidecars/sidecars.js";
import { spellingOf, writableSpelling } from "../../src/scales/spelling-by-id.js";
import { SPELLINGS, WRITABLE } from "../../src/scales/spellings.js";

describe("the table of spellings", () => {
  it("decides every known form: N1 to N21, with the two that are no names decided elsewhere", () => {
    const decided = new Set(
      [...SPELLINGS, ...SIDECARS].flatMap(({ rows }) => rows.map((row) => row.replace(/[a-z]+$/, ""))),
    );
    const all = Array.from({ length: 21 }, (_, index) => `N${index + 1}`);
    // N9 and N10 are roles and companions of N2. N19 is a text that parseSidecar refuses; N20 is a file of N2 names.
    expect(all.filter((row) => !decided.has(row))).toEqual(["N19", "N20"]);
  });

  it("has unique ids that can be typed", () => {
    const ids = SPELLINGS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z0-9_-]+$/.test(id))).toEqual([]);
  });

  it("says why wherever it does not write", () => {
    for (const row of SPELLINGS)
      expect(row.status === "read-write" || row.why.length > 20, row.id).toBe(true);
  });

  it("writes these", () => {
    expect(WRITABLE).toEqual(["kv_scale", "k_scale", "modelopt", "quark", "hunyuan", "mistral", "trtllm"]);
  });

  it("writes [1] only where readers want it, and per head only where they take it", () => {
    const rows = SPELLINGS.flatMap((row) => (row.status === "read-write" ? [row] : []));
    expect(rows.filter(({ written }) => written.shape === "[1]").map(({ id }) => id)).toEqual(["trtllm"]);
    expect(rows.filter(({ written }) => written.perHead).map(({ id }) => id)).toEqual(["k_scale"]);
  });
});

describe("a spelling by its id", () => {
  it("is the row", () => {
    expect(spellingOf("quark").rows).toEqual(["N4", "N4q"]);
    expect(writableSpelling("quark").written.dtype).toBe("F32");
  });

  it("is a usage refusal that lists the ids when there is none", () => {
    const refusal = expect.objectContaining<Partial<Refusal>>({ code: "unknown-spelling", exit: "usage" });
    expect(() => spellingOf("__proto__")).toThrow(refusal);
    expect(() => spellingOf("vllm")).toThrow(/kv_scale, k_scale, modelopt.*found "vllm"/);
  });

  it("is a data refusal with the reason when it is not written", () => {
    const refusal = expect.objectContaining<Partial<Refusal>>({ code: "spelling-not-written", exit: "data" });
    expect(() => writableSpelling("ascend-int8")).toThrow(refusal);
    expect(() => writableSpelling("ascend-int8")).toThrow(/INT8/);
    expect(() => writableSpelling("runtime")).toThrow(/running engine/);
  });
});
