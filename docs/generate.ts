/** Writes the pages that are made from tables and types: `npm run generate`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { enginesPage, readmeWithTables, spellingsPage } from "../src/report/markdown.js";
import { apiPage } from "./api.js";

writeFileSync(join(import.meta.dirname, "spellings.md"), spellingsPage());
writeFileSync(join(import.meta.dirname, "engines.md"), enginesPage());
writeFileSync(join(import.meta.dirname, "api.md"), apiPage());

const readme = join(import.meta.dirname, "../README.md");
writeFileSync(readme, readmeWithTables(readFileSync(readme, "utf8")));
