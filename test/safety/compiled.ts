import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";

/**
 * Compiles a TypeScript program with all that it imports into one file of `folder`, so that it can be started hundreds
 * of times without a compiler in each, also by users who may not read this repository. Answers the file's path.
 */
export function compile(program: string, folder: string): string {
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  const outfile = join(folder, program.replace(/\.ts$/, ".js"));
  buildSync({
    entryPoints: [resolve(import.meta.dirname, program)],
    ...{ bundle: true, format: "esm", platform: "node", target: "node20", outfile, logLevel: "warning" },
    mainFields: ["module", "main"],
  });
  return outfile;
}
