import { expect, it } from "vitest";
import type { Declaration } from "../../src/config/declaration.js";
import { declarationsOf } from "../../src/config/dialects.js";
import type { ConfigDocuments } from "../../src/config/documents.js";
import type { Finding } from "../../src/finding.js";

/** What one declaration is expected to be: dialect, path, cache, finding codes, and whatever else matters. */
export type Expected = readonly [
  dialect: string,
  path: string,
  cache: string,
  codes: readonly string[],
  rest?: { readonly [K in keyof Declaration]?: Declaration[K] | undefined },
];

/** One test a row: documents, and the declarations that they hold. */
export function itDeclares(rows: readonly (readonly [string, ConfigDocuments, readonly Expected[]])[]): void {
  it.each(rows)("%s", (_, documents, expected) => {
    const found = declarationsOf(documents);
    expect(found.map(summary)).toEqual(expected.map((row) => row.slice(0, 4)));
    for (const [at, [, , , , rest]] of expected.entries())
      for (const [key, value] of Object.entries(rest ?? {}))
        expect(found[at]?.[key as keyof Declaration]).toEqual(value);
    for (const finding of found.flatMap(({ findings }) => findings)) expectReadable(finding);
  });
}

function summary({ dialect, path, cache, findings }: Declaration): readonly unknown[] {
  return [dialect, path, cache, findings.map(({ code }) => code)];
}

function expectReadable({ code, message, remedy, file, severity }: Finding): void {
  expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
  expect(message).toMatch(/^[ -~]+$/);
  expect(remedy).toMatch(/^[A-Z][ -~]+\.$/);
  expect(file).toMatch(/^(hf_quant_)?config\.json$/);
  expect(`${code}: ${severity}`).toBe(`${code}: ${SEVERITIES[code]}`);
}

/** "error" where an engine refuses or computes wrongly; "warning" where nobody does what was probably meant. */
const SEVERITIES: Readonly<Record<string, string>> = {
  "activation-scheme-unknown": "error",
  "declarations-contradict": "error",
  "kv-cache-dtype-unread": "warning",
  "kv-cache-torch-dtype-unknown": "error",
  "kv-key-unread": "warning",
  "kv-scheme-asymmetric": "error",
  "kv-scheme-dynamic": "warning",
  "kv-scheme-key-later": "info",
  "kv-scheme-key-missing": "error",
  "kv-scheme-key-unknown": "error",
  "kv-scheme-not-an-object": "error",
  "kv-scheme-not-fp8": "error",
  "kv-scheme-strategy-unsupported": "error",
  "kv-scheme-unread": "info",
  "kv-scheme-word-unknown": "warning",
  "modelopt-files-diverge": "warning",
  "modelopt-kv-algo-unknown": "warning",
  "modelopt-quant-algo-missing": "warning",
  "quark-export-missing": "error",
  "quark-kv-config-unread": "warning",
  "quark-kv-group-missing": "error",
  "quark-kv-layers-differ": "error",
  "quark-kv-layers-missing": "error",
  "quark-kv-spec-unsupported": "error",
};
