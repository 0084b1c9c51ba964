import { describe, expect, it } from "vitest";
import { diskRefusal, errnoOf, onDisk } from "../../../src/checkpoint/disk/failure.js";
import { dataRefusal } from "../../../src/errors.js";
import { refusalOf } from "../refusals.js";

const failure = (code: string) =>
  Object.assign(new Error(`${code}: …, open '/secret/place'`), { code, syscall: "open" });

describe("errors of the operating system", () => {
  it.each([
    ["ENOSPC", "no-space"],
    ["EDQUOT", "no-space"],
    ["EACCES", "no-permission"],
    ["EPERM", "no-permission"],
    ["EROFS", "read-only-disk"],
    ["ENOTDIR", "not-a-directory"],
    ["ENAMETOOLONG", "name-too-long"],
    ["EXDEV", "other-file-system"],
    ["EMFILE", "too-many-open-files"],
    ["ENFILE", "too-many-open-files"],
    ["EBUSY", "busy"],
    ["EIO", "disk-error"],
    ["EWHATEVER", "disk-error"],
  ])("%s becomes the environment refusal %s, with a remedy", async (code, name) => {
    const cause = failure(code);
    const refusal = await refusalOf(
      onDisk("out/a.json", "a file that can be written", () => Promise.reject(cause)),
    );
    expect([refusal.exit, refusal.code, refusal.subject.file]).toEqual(["environment", name, "out/a.json"]);
    expect(refusal.message).toContain(`(${code})`);
    expect(refusal.remedy).toMatch(/\.$/);
    expect(refusal.cause).toBe(cause);
  });

  it.each([
    new Error("plain"),
    new DOMException("This operation was aborted", "AbortError"),
    new TypeError("bug"),
    dataRefusal("x", { expected: "a", found: "b" }),
    "text",
    undefined,
  ])("leaves %s alone", async (other) => {
    expect(errnoOf(other)).toBeUndefined();
    expect(diskRefusal("f", "x", other)).toBeUndefined();
    await expect(onDisk("f", "x", () => Promise.reject(other))).rejects.toBe(other);
  });
});
