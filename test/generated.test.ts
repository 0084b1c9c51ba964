import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { settingsJsonSchema } from "../src/cli/settings/schema.js";
import { enginesPage, spellingsPage } from "../src/report/markdown.js";
import { DATA, jsonSchema, type SchemaName } from "../src/report/schemas/schemas.js";

/** What `npm run generate` makes from tables is committed; a stale copy would tell users of another version. */
describe("generated files are current", () => {
  it.each(Object.keys(DATA) as SchemaName[])("schemas/%s.schema.json", (command) => {
    expect(JSON.parse(committed(`schemas/${command}.schema.json`))).toEqual(jsonSchema(command));
  });

  it("schemas/config.schema.json", () => {
    expect(JSON.parse(committed("schemas/config.schema.json"))).toEqual(settingsJsonSchema());
  });

  it.each([
    ["docs/spellings.md", spellingsPage],
    ["docs/engines.md", enginesPage],
  ] as const)("%s", (path, page) => {
    expect(committed(path)).toBe(page());
  });
});

function committed(path: string): string {
  return readFileSync(resolve(import.meta.dirname, "..", path), "utf8");
}
