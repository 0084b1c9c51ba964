import { describe, expect, it } from "vitest";
import type { Refusal } from "../../../src/errors.js";
import { parseSidecar, SIDECARS, sidecarForm } from "../../../src/scales/sidecars/sidecars.js";

describe("parseSidecar", () => {
  it.each(["scale: 0.0123 offset: 0\nscale: 0.02 offset: 0\n", "\nscale:1e-2 offset:3"])(
    "refuses lmdeploy's INT8 text %j by name",
    (text) => {
      expect(() => parseSidecar(text, "a.txt")).toThrow(
        expect.objectContaining<Partial<Refusal>>({ code: "sidecar-int8", exit: "data" }),
      );
    },
  );

  it("refuses JSON of no known form, and says what it looked for", () => {
    expect(() => parseSidecar('{"a": 1, "b\\u001b": 2}', "a.json")).toThrow(
      /a\.json: expected a sidecar with `kv_cache`.*found an object with "a", "b\\u001b"/,
    );
    expect(() => parseSidecar("{}", "a.json")).toThrow(
      expect.objectContaining<Partial<Refusal>>({ code: "sidecar-unknown" }),
    );
  });

  it.each([
    "",
    "[]",
    "null",
    "{",
    "<html></html>",
    "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
  ])("refuses %j as no JSON object", (text) => {
    expect(() => parseSidecar(text, "a.json")).toThrow(
      expect.objectContaining<Partial<Refusal>>({ exit: "data" }),
    );
  });

  it("takes no prototype for a key", () => {
    expect(() => parseSidecar('{"__proto__": {"kv_cache": {}}}', "a.json")).toThrow(
      /found an object with "__proto__"/,
    );
  });
});

describe("the table of sidecars", () => {
  it("finds a form by its id, and lists the ids otherwise", () => {
    for (const form of SIDECARS) expect(sidecarForm(form.id)).toBe(form);
    expect(() => sidecarForm("json")).toThrow(/kv-cache-scales, lightllm, found "json"/);
  });
});
