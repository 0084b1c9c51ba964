import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asciiText } from "../../src/cli/ascii.js";
import { checkpoint, ROOT, scratch } from "../operations/desk.js";
import { ran } from "./terminal.js";

/** Where text for terminals is put together; pages have signs of their own. */
const FOLDERS = [
  "src/cli",
  "src/report",
  "src/model",
  "src/calibration",
  "src/inventory",
  "src/engines/readiness",
];

/** Signs beyond ASCII in the code of a folder, without its subfolders and comments. */
async function signsIn(folder: string): Promise<string[]> {
  const files = (await readdir(join(ROOT, folder))).filter((name) => name.endsWith(".ts"));
  const texts = await Promise.all(files.map((name) => readFile(join(ROOT, folder, name), "utf8")));
  const code = texts.join("\n").replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, "");
  return [...new Set(code.match(/[^\x00-\x7f]/g))];
}

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

  it("knows every sign of our own that results, help and refusals are made of", async () => {
    const own = (await Promise.all(FOLDERS.map(signsIn))).flat();
    expect(own).toEqual(expect.arrayContaining(["±", "→", "∞"]));
    expect(own.filter((sign) => asciiText(sign).includes("\\u"))).toEqual([]);
  });

  it("keeps the columns of tables", () => {
    expect(asciiText("a      ±  b")).toBe("a     +-  b");
    expect(asciiText("a ∞  b")).toBe("a inf  b");
  });

  it("writes our own signs as one does on a typewriter, and the rest as JSON does", () => {
    expect(asciiText("a → b … · 漢😀")).toBe("a -> b ... * \\u6f22\\ud83d\\ude00");
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => /^[\x00-\x7f]*$/.test(asciiText(text))));
  });
});
