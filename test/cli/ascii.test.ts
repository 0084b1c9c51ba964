import { cp } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asciiText } from "../../src/cli/ascii.js";
import { checkpoint, scratch } from "../operations/desk.js";
import { ran } from "./terminal.js";

const REF = checkpoint("llm-compressor-heads");

describe("--ascii", () => {
  it("has nothing but ASCII in results, help and refusals", async () => {
    for (const argv of [
      ["inspect", REF],
      ["--help"],
      ["verify", "--help"],
      ["merge", REF],
      ["inspect", "漢字"],
    ]) {
      const { out, err } = await ran([...argv, "--ascii"]);
      expect(out + err).toMatch(/^[\x00-\x7f]+$/);
    }
    expect((await ran(["inspect", REF])).out).toMatch(/[^\x00-\x7f]/);
  });

  it("is also KVSCALE_ASCII", async () => {
    expect((await ran(["inspect", REF], { env: { KVSCALE_ASCII: "1" } })).out).toBe(
      (await ran(["inspect", REF, "--ascii"])).out,
    );
  });

  it("leaves JSON the same value", async () => {
    const ref = join(await scratch(), "a → b … 漢");
    await cp(REF, ref, { recursive: true });
    const [plain, ascii] = [
      await ran(["inspect", ref, "--json"]),
      await ran(["inspect", ref, "--json", "--ascii"]),
    ];
    expect(ascii.out).toMatch(/^[\x00-\x7f]+$/);
    expect(JSON.parse(ascii.out)).toEqual(JSON.parse(plain.out));
  });

  it("writes our own signs as one does on a typewriter, and the rest as JSON does", () => {
    expect(asciiText("a → b … · 漢😀")).toBe("a -> b ... * \\u6f22\\ud83d\\ude00");
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => /^[\x00-\x7f]*$/.test(asciiText(text))));
  });
});
