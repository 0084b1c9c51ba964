import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

const ROOT = resolve(import.meta.dirname, "../..");

/**
 * Compiles a TypeScript program and what it imports into `folder`, so that it can be started hundreds of times
 * without a compiler in each. Answers the path of its JavaScript.
 */
export function compile(program: string, folder: string): string {
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  compileFile(resolve(import.meta.dirname, program), folder, new Set());
  return outputOf(resolve(import.meta.dirname, program), folder);
}

function compileFile(file: string, folder: string, done: Set<string>): void {
  if (done.has(file)) return;
  done.add(file);
  const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  mkdirSync(dirname(outputOf(file, folder)), { recursive: true });
  writeFileSync(outputOf(file, folder), outputText);
  for (const { fileName } of ts.preProcessFile(outputText).importedFiles) {
    if (fileName.startsWith("."))
      compileFile(resolve(dirname(file), fileName.replace(/\.js$/, ".ts")), folder, done);
  }
}

function outputOf(file: string, folder: string): string {
  return join(folder, relative(ROOT, file)).replace(/\.ts$/, ".js");
}
