/** Writes the pages that are made from tables and types: `npm run generate`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { enginesPage, spellingsPage } from "../src/report/markdown.js";
import { apiPage } from "./api.js";

writeFileSync(join(import.meta.dirname, "spellings.md"), spellingsPage());
writeFileSync(join(import.meta.dirname, "engines.md"), enginesPage());
writeFileSync(join(import.meta.dirname, "api.md"), apiPage());
