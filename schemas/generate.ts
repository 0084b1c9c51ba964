/** Writes the JSON Schema of every command's `--json` output beside this file: `npm run generate`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DATA, jsonSchema, type SchemaName } from "../src/report/schemas/schemas.js";

for (const command of Object.keys(DATA) as SchemaName[]) {
  const text = `${JSON.stringify(jsonSchema(command), null, 2)}\n`;
  writeFileSync(join(import.meta.dirname, `${command}.schema.json`), text);
}
