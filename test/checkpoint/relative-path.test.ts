import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkRelativePath, shownPath } from "../../src/checkpoint/relative-path.js";
import { isRefusal } from "../../src/errors.js";

const accepted = (path: string) => {
  try {
    checkRelativePath(path);
    return true;
  } catch (error) {
    if (isRefusal(error) && error.code === "path-escapes") return false;
    throw error;
  }
};

describe("checkRelativePath", () => {
  it.each(["a", "a/b", ".gitattributes", "..a", "a..", "a/...", "with space/ü\u0301", "__proto__", "-o"])(
    "takes %j",
    (path) => {
      expect(accepted(path)).toBe(true);
    },
  );

  it.each(["", "/", "/a", "a/", "//", "a//b", ".", "..", "a/..", "../a", "a/../b", "./a", "a/./b", "a\0"])(
    "refuses %j",
    (path) => {
      expect(accepted(path)).toBe(false);
    },
  );

  it("takes no path that leads out of its root, or to the root itself", () => {
    const part = fc.oneof(fc.constantFrom("..", ".", "", "a", "..a", "b.."), fc.string());
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const path = parts.join("/");
        if (!accepted(path)) return;
        expect(join("/models/folder", path)).toBe(`/models/folder/${path}`);
      }),
    );
  });
});

describe("shownPath", () => {
  it.each([
    ["model", "a.json", "model/a.json"],
    ["./model/", "a/b.json", "./model/a/b.json"],
    ["dir/a.json", "a.json", "dir/a.json"],
    ["a.json", "a.json", "a.json"],
    ["data.json", "a.json", "data.json/a.json"],
    ["org/name@main", "a.json", "org/name@main/a.json"],
  ])("%s and %s make %s", (label, path, shown) => {
    expect(shownPath(label, path)).toBe(shown);
  });
});
