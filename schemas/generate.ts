/** Writes the JSON Schema of every command's `--json` output, and of settings, beside this file: `npm run generate`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { settingsJsonSchema } from "../src/cli/settings/schema.js";
import { DATA, jsonSchema, type SchemaName } from "../src/report/schemas/schemas.js";

for (const command of Object.keys(DATA) as SchemaName[]) {
  publish(command, jsonSchema(command));
}
publish("config", settingsJsonSchema());

function publish(name: string, schema: object): void {
  writeFileSync(join(import.meta.dirname, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
