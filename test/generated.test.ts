import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { apiPage, readLibrary } from "../docs/api.js";
import { settingsJsonSchema } from "../src/cli/settings/schema.js";
import { enginesPage, readmeWithTables, spellingsPage } from "../src/report/markdown.js";
import { DATA, jsonSchema, type SchemaName } from "../src/report/schemas/schemas.js";

const LIBRARY = readLibrary();

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
    ["docs/api.md", () => apiPage(LIBRARY)],
    ["README.md", () => readmeWithTables(committed("README.md"))],
  ] as const)("%s", (path, page) => {
    expect(committed(path)).toBe(page());
  });
});

describe("the library", () => {
  it("exports every type that an exported one speaks of", () => {
    expect(LIBRARY.library.unreachable).toEqual([]);
  });

  it("documents every export in the reference", () => {
    const page = committed("docs/api.md");
    for (const { name } of LIBRARY.library.exported) {
      expect(page).toMatch(new RegExp(`^### ${name}\n\n\\S.*\n\n\`\`\`ts$`, "m"));
    }
  });
});

function committed(path: string): string {
  return readFileSync(resolve(import.meta.dirname, "..", path), "utf8");
}
