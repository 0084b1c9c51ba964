import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { compareVersions, highest, neededVersions } from "./elf.js";

const ADDON = join(resolve(import.meta.dirname, "../.."), "native/build/Release/cpu.node");
const isLinux = process.platform === "linux";
const addon = isLinux ? readOrNothing(ADDON) : undefined;

/** What Node's own programs for Linux ask for, or less: an addon that keeps to it loads wherever they run (docs/installing.md). */
const FLOORS = [
  ["GLIBC_", "2.28"],
  ["GLIBCXX_", "3.4.25"],
  ["CXXABI_", "1.3.11"],
  ["GCC_", "7.0.0"],
] as const;

describe.skipIf(addon === undefined)(
  addon === undefined ? "the addon's floor: SKIPPED, no addon for Linux was built" : "the addon's floor",
  () => {
    const needed = () => neededVersions(addon!);

    it.each(FLOORS)("asks for no %s above %s", (prefix, floor) => {
      const found = highest([...needed().values()].flat(), prefix);
      expect(compareVersions(found, floor), `${prefix}${found}`).toBeLessThanOrEqual(0);
    });

    it("asks for libraries that Node itself loads, and for nothing of unknown age", () => {
      const known = ["libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libpthread.so.0"];
      expect([...known, "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"]).toEqual(
        expect.arrayContaining([...needed().keys()]),
      );
      const prefixes = FLOORS.map(([prefix]) => prefix);
      const strange = [...needed().values()]
        .flat()
        .filter((name) => !prefixes.some((p) => name.startsWith(p)));
      expect(strange).toEqual([]);
      expect(needed().get("libc.so.6")).toContain(process.arch === "arm64" ? "GLIBC_2.17" : "GLIBC_2.2.5");
    });

    it("names no folder of the machine that built it, and no symbols of its own but Node's two", () => {
      const text = addon!.toString("latin1");
      expect(text.match(/\/[\w.+-]+\/[\w./+-]*\.(?:cc|cpp|h|hpp)\b/g)).toBeNull();
      expect(text).not.toContain(resolve(import.meta.dirname, "../.."));
      expect(text).not.toContain(".symtab");
    });
  },
);

describe("the reader of symbol versions", () => {
  it.skipIf(!isLinux)("reads them out of the program that runs this", () => {
    const versions = neededVersions(readFileSync(process.execPath));
    expect(versions.get("libc.so.6")).toContain(process.arch === "arm64" ? "GLIBC_2.17" : "GLIBC_2.2.5");
    for (const names of versions.values()) expect(names.join()).toMatch(/^[\w.,]+$/);
  });

  it("refuses what is no such file", () => {
    expect(() => neededVersions(Buffer.alloc(64))).toThrow("expected a 64-bit little-endian ELF file");
  });

  it.each([
    ["GLIBC_", ["GLIBC_2.9", "GLIBC_2.14", "GLIBC_2.2.5", "GLIBCXX_3.4"], "2.14"],
    ["GLIBCXX_", ["GLIBC_2.9"], ""],
  ])("takes the highest of %s", (prefix, names, version) => {
    expect(highest(names, prefix)).toBe(version);
  });

  it.each([
    ["2.28", "2.28", 0],
    ["2.29", "2.28", 1],
    ["2.3.4", "2.28", -1],
    ["2", "2.0.1", -1],
  ])("orders %s and %s", (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });
});

function readOrNothing(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
