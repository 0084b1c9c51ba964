import { describe, expect, it } from "vitest";
import { headerLength } from "../../src/tensors/header.js";
import { fileOf, read, refusalOf } from "./file.js";

const LFS = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 4\n`;

/** How each kind of file begins, and what it is called. */
const FOREIGN: readonly (readonly [string, string | readonly number[], string])[] = [
  ["git-lfs-pointer", LFS, "a Git-LFS pointer"],
  ["html-page", "<!DOCTYPE html><html><body>404</body></html>", "an HTML page"],
  ["html-page", "<!doctype html>", "an HTML page"],
  ["html-page", "<html>\n<head>", "an HTML page"],
  ["xml-document", '<?xml version="1.0"?><Error><Code>AccessDenied</Code>', "an XML document"],
  ["error-page", '{"error":"Repository not found"}', "a server's error"],
  ["error-page", "Entry not found", "a server's error"],
  ["error-page", "Invalid username or password.", "a server's error"],
  ["json-document", '{"metadata":{"total_size":4},"weight_map":{}}', "a JSON document"],
  ["json-document", '{\n  "metadata": {}\n}', "a JSON document"],
  ["json-document", "{}", "a JSON document"],
  ["zip-archive", [0x50, 0x4b, 0x03, 0x04, 0, 0, 8, 8, 0, 0], "a ZIP archive"],
  ["pickle", [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20], "a Python pickle"],
  ["pickle", [0x80, 0x04, 0x95, 0x05, 0, 0, 0, 0, 0, 0, 0, 0x2e], "a Python pickle"],
  ["gguf", [0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0, 1, 0], "a GGUF file"],
  ["hdf5", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0], "an HDF5 file"],
  ["gzip", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], "a gzip-compressed file"],
];

describe("a file that is something else", () => {
  it.each(FOREIGN)("is called %s: %j", (code, content, name) => {
    const file = typeof content === "string" ? new TextEncoder().encode(content) : Uint8Array.from(content);
    for (const prefix of [file, file.subarray(0, 8)]) {
      const refusal = refusalOf(() => headerLength(prefix, file.length, "x.safetensors"));
      expect(refusal).toMatchObject({ code, exit: "data", subject: { file: "x.safetensors" } });
      expect(refusal.message).toContain(`expected a safetensors file, found ${name}`);
      expect(refusal.remedy).toBeTruthy();
    }
  });

  it("is not suspected behind a length that fits", () => {
    // The length 0x8b1f begins as gzip does, and 0x0480 as a pickle.
    for (const length of [0x8b1f, 0x0480]) {
      expect(read(fileOf("{}".padEnd(length))).dataStart).toBe(8 + length);
    }
  });

  it("keeps the plain refusal when nothing is known", () => {
    expect(refusalOf(() => headerLength(new Uint8Array(8).fill(0x7a), 100, "x")).code).toBe(
      "header-too-large",
    );
  });
});
