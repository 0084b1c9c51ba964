import { describe, expect, it } from "vitest";
import { ran } from "./terminal.js";

const NAMES = [
  "inspect",
  "extract",
  "merge",
  "convert",
  "strip",
  "push",
  "calibrate",
  "verify",
  "doctor",
  "completion",
];

describe("help", () => {
  it.each(NAMES)("of %s is the committed text", async (name) => {
    const { exit, out, err } = await ran([name, "--help"]);
    expect([exit, err]).toEqual([0, ""]);
    await expect(out).toMatchFileSnapshot(`help/${name}.txt`);
    expect((await ran(["help", name])).out).toBe(out);
  });

  it("of the program is the committed text, and lists every command", async () => {
    const { exit, out, err } = await ran(["--help"]);
    expect([exit, err]).toEqual([0, ""]);
    await expect(out).toMatchFileSnapshot("help/kvscale.txt");
    for (const name of NAMES) expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  it("fits a hundred columns, and narrow terminals", async () => {
    for (const name of NAMES) {
      const { out } = await ran([name, "--help"], { width: 300 });
      expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    }
  });

  it("--version prints the version", async () => {
    expect(await ran(["--version"])).toEqual({ exit: 0, out: "1.2.3\n", err: "" });
  });
});
