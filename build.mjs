// `npm run build`: the program and the library into dist. Dependencies stay outside; a development dependency that is
// imported all the same is put in, as far as it is used, with its licence in dist/licences.txt. One is: jsonc-parser, since
// what npm has of it for Node is six CommonJS files, which cost every command a tenth of its start.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));

rmSync("dist", { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ["src/index.ts", "src/cli/main.ts"],
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  ...{ bundle: true, splitting: true, format: "esm", platform: "node", target: "node20" },
  external: Object.keys(dependencies).flatMap((name) => [name, `${name}/*`]),
  mainFields: ["module", "main"],
  preserveSymlinks: true, // else a linked node_modules would leave its place in comments
  logLevel: "warning",
  metafile: true,
});
writeFileSync("dist/licences.txt", packagesIn(metafile).map(licenceOf).join("\n"));

function packagesIn({ outputs }) {
  const inputs = Object.values(outputs).flatMap(({ inputs: parts }) => Object.keys(parts));
  const names = inputs.map((path) => /.*\bnode_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

function licenceOf(name) {
  const folder = join("node_modules", name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n");
  return `Parts of ${name} are in this folder, under this licence:\n\n${text}`;
}
