import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/** The house plan as a table: a folder may import its own files and those of lower ranks. */
const RANKS: readonly (readonly string[])[] = [
  ["errors", "events", "finding"],
  ["numeric", "document"],
  ["tensors"],
  ["scales", "config"],
  ["inventory"],
  ["attention", "model", "calibration", "engines", "plan"],
  ["checkpoint", "backend"],
  ["runner"],
  ["operations"],
  ["report"],
  ["ui"],
  ["cli"],
  ["index"],
];
const PURE_UP_TO = 5;
const REPORT = "report";

const ROOT = resolve(import.meta.dirname, "..");
const SRC = join(ROOT, "src");
const rankOf = new Map(RANKS.flatMap((rooms, rank) => rooms.map((room) => [room, rank] as const)));
const files = walk(SRC).filter((file) => /\.tsx?$/.test(file));
const sources = new Map(files.map((file) => [file, parse(file)]));

describe("the house plan", () => {
  it("has a rank for every room", () => {
    expect(files.map(roomOf).filter((room) => !rankOf.has(room))).toEqual([]);
  });

  it("imports go down only", () => {
    const upward = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => !mayImport(file, target))
        .map((target) => `${name(file)} -> ${name(target)}`),
    );
    expect(upward).toEqual([]);
  });

  it("has no import cycle", () => {
    expect(cycles()).toEqual([]);
  });

  it("keeps the pure rooms free of effects", () => {
    const impure =
      /from "node:|\bimport\("node:|\basync\b|\bawait\b|\bPromise\b|\bprocess\.|\bconsole\.|\bfetch\(|\bDate\b|Math\.random|\bsetTimeout\b/;
    const offenders = files
      .filter((file) => isPure(roomOf(file)))
      .filter((file) => impure.test(withoutComments(file)))
      .map(name);
    expect(offenders).toEqual([]);
  });

  it("lets each outside package in by one door", () => {
    const doors: Record<string, RegExp> = {
      commander: /^src\/cli\//,
      "jsonc-parser": /^src\/document\//,
      undici: /^src\/checkpoint\/hub\//,
      "@huggingface/hub": /^src\/checkpoint\/hub/,
      "@huggingface/tokenizers": /^src\/runner\//,
      ink: /^src\/ui\//,
      react: /^src\/ui\//,
      "@inkjs/ui": /^src\/ui\//,
      zod: /^src\/(report|cli)\//,
    };
    const strays = files.flatMap((file) =>
      packagesOf(file)
        .filter((name_) => !(doors[name_]?.test(name(file)) ?? false))
        .map((name_) => `${name(file)} imports ${name_}`),
    );
    expect(strays).toEqual([]);
  });

  it("ends the process and writes to the terminal in src/cli only", () => {
    const offenders = files
      .filter((file) => roomOf(file) !== "cli" && roomOf(file) !== "ui")
      .filter((file) => /process\.(exit|stdout|stderr|stdin|exitCode)|console\./.test(withoutComments(file)))
      .map(name);
    expect(offenders).toEqual([]);
    const exits = files.filter((file) => /process\.exit\(/.test(withoutComments(file))).map(name);
    expect(exits.filter((file) => file !== "src/cli/main.ts")).toEqual([]);
  });

  it("includes napi.h in one file only", () => {
    const native = walk(join(ROOT, "native")).filter((file) => /\.(cc|cpp|h|hpp|cu|cuh)$/.test(file));
    const offenders = native
      .filter((file) => /#include\s*<napi\.h>/.test(readFileSync(file, "utf8")))
      .map(name);
    expect(offenders.filter((file) => file !== "native/binding.cc")).toEqual([]);
  });
});

describe("the size of the rooms", () => {
  it("has no file over 200 lines, and nine in ten within 150", () => {
    const sizes = files.map((file) => [name(file), lines(file)] as const);
    expect(sizes.filter(([, size]) => size > 200)).toEqual([]);
    expect(
      percentile(
        sizes.map(([, size]) => size),
        0.9,
      ),
    ).toBeLessThanOrEqual(150);
  });

  it("has short functions: median 8 lines, nine in ten within 25", () => {
    const lengths = files.flatMap(functionLengths);
    expect(percentile(lengths, 0.5)).toBeLessThanOrEqual(8);
    expect(percentile(lengths, 0.9)).toBeLessThanOrEqual(25);
  });

  it("names nothing for what it is not", () => {
    const vague = /(^|[/-])(utils?|helpers?|common|manager|misc|service)([/.-]|$)/;
    expect(files.map(name).filter((file) => vague.test(file))).toEqual([]);
  });

  it("documents every export", () => {
    expect(files.flatMap(undocumentedExports)).toEqual([]);
  });
});

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== "build" && entry.name !== "node_modules")
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [path];
    });
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}

function name(file: string): string {
  return relative(ROOT, file);
}

function roomOf(file: string): string {
  return relative(SRC, file)
    .split("/")[0]!
    .replace(/\.tsx?$/, "");
}

function isPure(room: string): boolean {
  return rankOf.get(room)! <= PURE_UP_TO || room === REPORT;
}

function mayImport(file: string, target: string): boolean {
  return roomOf(file) === roomOf(target) || rankOf.get(roomOf(target))! < rankOf.get(roomOf(file))!;
}

function specifiers(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const text = importedText(node);
    if (text !== undefined) found.push(text);
    ts.forEachChild(node, visit);
  };
  visit(sources.get(file)!);
  return found;
}

function importedText(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)
      ? node.moduleSpecifier.text
      : undefined;
  }
  const isCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const argument = isCall ? node.arguments[0] : undefined;
  return argument && ts.isStringLiteral(argument) ? argument.text : undefined;
}

function importsOf(file: string): string[] {
  return specifiers(file)
    .filter((text) => text.startsWith("."))
    .map((text) => sourceOf(resolve(dirname(file), text)));
}

function sourceOf(path: string): string {
  const stem = path.replace(/\.js$/, "");
  return [`${stem}.ts`, `${stem}.tsx`].find((candidate) => sources.has(candidate)) ?? path;
}

function packagesOf(file: string): string[] {
  return specifiers(file)
    .filter((text) => !text.startsWith(".") && !text.startsWith("node:"))
    .map((text) =>
      text
        .split("/")
        .slice(0, text.startsWith("@") ? 2 : 1)
        .join("/"),
    );
}

/** Strongly connected components of more than one file (Tarjan). */
function cycles(): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    index.set(file, index.size);
    low.set(file, index.get(file)!);
    stack.push(file);
    for (const target of importsOf(file)) {
      if (!sources.has(target)) continue;
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) low.set(file, Math.min(low.get(file)!, low.get(target)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const component = stack.splice(stack.indexOf(file));
    if (component.length > 1) found.push(component.map(name));
  };
  for (const file of files) if (!index.has(file)) visit(file);
  return found;
}

function withoutComments(file: string): string {
  return readFileSync(file, "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "$1");
}

function lines(file: string): number {
  return readFileSync(file, "utf8").trimEnd().split("\n").length;
}

function functionLengths(file: string): number[] {
  const found: number[] = [];
  const source = sources.get(file)!;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) {
      const from = source.getLineAndCharacterOfPosition(node.getStart()).line;
      found.push(source.getLineAndCharacterOfPosition(node.end).line - from + 1);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function undocumentedExports(file: string): string[] {
  const source = sources.get(file)!;
  return source.statements
    .filter((statement) => isOwnExport(statement))
    .filter((statement) => !/\/\*\*[\s\S]*\*\/\s*$/.test(leading(source, statement)))
    .map((statement) => `${name(file)}: ${statement.getText().split("\n")[0]}`);
}

function isOwnExport(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  return modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
}

function leading(source: ts.SourceFile, statement: ts.Statement): string {
  return source.text.slice(statement.getFullStart(), statement.getStart());
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
