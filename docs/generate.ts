/** Writes the pages that are made from tables: `npm run generate`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { enginesPage, spellingsPage } from "../src/report/markdown.js";

writeFileSync(join(import.meta.dirname, "spellings.md"), spellingsPage());
writeFileSync(join(import.meta.dirname, "engines.md"), enginesPage());
