import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isAbandoned,
  isOurLeftover,
  leftoverNames,
  parseLeftover,
} from "../../../src/checkpoint/disk/staging-name.js";

const anyName = fc.string({ minLength: 1, unit: "binary" }).filter((name) => !/[/\0]/.test(name));

describe("names of hidden siblings", () => {
  it("tell their target, kind, process and run", () => {
    fc.assert(
      fc.property(anyName, (target) => {
        const names = leftoverNames(target);
        const [staging, backup] = [parseLeftover(names.staging), parseLeftover(names.backup)];
        expect(staging).toMatchObject({ kind: "staging", target, pid: process.pid });
        expect(backup).toMatchObject({ kind: "backup", target, pid: process.pid });
        expect(staging?.run).toBe(backup?.run);
        expect([names.staging, names.backup].every(isOurLeftover)).toBe(true);
      }),
    );
  });

  it("differ from one run to the next", () => {
    const names = Array.from({ length: 50 }, () => leftoverNames("out").staging);
    expect(new Set(names).size).toBe(50);
  });

  it.each([
    ".out.kvscale-1-abcdef01234567x",
    "out.kvscale-1-abcdef01234567",
    ".kvscale-1-abcdef01234567",
    ".out.kvscale-x-abcdef01234567",
    ".out.kvscale-1-abcdef01234567-older",
    ".git",
    ".gitattributes",
  ])("are not mistaken in %s", (name) => {
    expect(parseLeftover(name)).toBeUndefined();
    expect(isOurLeftover(name)).toBe(false);
  });

  it("count as abandoned only when their process on this machine has ended", () => {
    const mine = parseLeftover(leftoverNames("out").staging)!;
    expect(isAbandoned(mine)).toBe(false);
    expect(isAbandoned({ ...mine, pid: 1 })).toBe(false);
    expect(isAbandoned({ ...mine, pid: 2 ** 22 + 1 })).toBe(true);
    expect(isAbandoned({ ...mine, pid: 2 ** 22 + 1, machine: "ffffff" })).toBe(false);
  });
});
