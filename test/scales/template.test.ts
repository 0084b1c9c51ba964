import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/scales/template.js";

describe("compile", () => {
  const modelopt = compile("{site}.{role}_proj.{role}_scale", ["k", "v"]);

  it("prints and parses one name", () => {
    expect(modelopt.print("a.0.self_attn", "v")).toBe("a.0.self_attn.v_proj.v_scale");
    expect(modelopt.parse("a.0.self_attn.v_proj.v_scale")).toEqual({ site: "a.0.self_attn", role: "v" });
  });

  it("refuses two different letters where one role stands twice", () => {
    expect(modelopt.parse("a.0.self_attn.k_proj.v_scale")).toBeUndefined();
  });

  it("refuses a role it does not have, an empty site, and a name that goes on", () => {
    expect(modelopt.parse("a.q_proj.q_scale")).toBeUndefined();
    expect(modelopt.parse(".k_proj.k_scale")).toBeUndefined();
    expect(modelopt.parse("a.k_proj.k_scale.x")).toBeUndefined();
    expect(() => modelopt.print("a", "q")).toThrow(TypeError);
  });

  it("gives back every site and role that it printed", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.constantFrom("k" as const, "v" as const), (site, role) => {
        expect(modelopt.parse(modelopt.print(site, role))).toEqual({ site, role });
      }),
    );
  });

  it.each(["k_scale", "{role}.{site}", "{site}{role}", "{site}.{site}.{role}"])(
    "does not compile %j",
    (text) => {
      expect(() => compile(text, ["k"])).toThrow(TypeError);
    },
  );

  it("does not compile a template that hides which role a name is of", () => {
    expect(() => compile("{site}.scale", ["k", "v"])).toThrow(TypeError);
  });
});
