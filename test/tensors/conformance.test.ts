import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { isRefusal, type Refusal } from "../../src/errors.js";
import { headerLength, parseHeader } from "../../src/tensors/header.js";

interface Verdicts {
  readonly files: Readonly<Record<string, { readonly accepted: boolean }>>;
}

const FOLDER = resolve(import.meta.dirname, "../../../shared/conformance/safetensors");
const here = existsSync(join(FOLDER, "verdicts.json"));

/** Where we deliberately refuse what the official reader takes. */
const REFUSED: ReadonlyMap<string, string> = new Map([["q_duplicate_key_escaped", "tensor-twice"]]);

describe.skipIf(!here)(
  `verdicts of the official reader${here ? "" : " (skipped: no conformance files)"}`,
  () => {
    const files = here
      ? Object.entries((JSON.parse(readFileSync(join(FOLDER, "verdicts.json"), "utf8")) as Verdicts).files)
      : [];

    it.each(files)("%s", (name, { accepted }) => {
      const refusal = refusalOf(readFileSync(join(FOLDER, `${name}.safetensors`)));
      expect(refusal?.code).toEqual(REFUSED.get(name) ?? (accepted ? undefined : expect.any(String)));
    });
  },
);

function refusalOf(file: Uint8Array): Refusal | undefined {
  try {
    const length = headerLength(file, file.length, "file");
    parseHeader(file.subarray(8, 8 + length), file.length, "file");
    return undefined;
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
}
