import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { asciiFrame } from "../../src/ui/ascii-frame.js";
import { ROOT } from "../operations/desk.js";

/** Signs that screens draw with, except those of braille plots, which ASCII ones do not use. */
const drawn = new Set(
  readdirSync(join(ROOT, "src/ui"), { recursive: true, encoding: "utf8" })
    .filter((name) => /^(screens|parts|plot)\/.*\.tsx?$/.test(name))
    .flatMap((name) => readFileSync(join(ROOT, "src/ui", name), "utf8").match(/[^\x00-\x7f]/g) ?? []),
);

describe("a frame in ASCII", () => {
  it("has one character for each sign that is drawn", () => {
    expect(drawn.size).toBeGreaterThan(20);
    for (const sign of drawn) expect(asciiFrame(sign), sign).toMatch(/^[\x20-\x7e]$/);
  });

  it("leaves ASCII, colours and the ends of lines as they are, and escapes names", () => {
    expect(asciiFrame("\u001b[36ma\u001b[39m\n模🙂é")).toBe(
      "\u001b[36ma\u001b[39m\n\\u6a21\\ud83d\\ude42\\u00e9",
    );
  });
});
