/** The API reference, from the types and comments of what `src/index.ts` exports. */
import { relative, resolve } from "node:path";
import ts from "typescript";

const ROOT = resolve(import.meta.dirname, "..");

/** What the library exports: names, and what they are declared as. */
export interface Library {
  readonly exported: readonly Exported[];
  /** Types that an exported one speaks of and that cannot be imported themselves. */
  readonly unreachable: readonly string[];
}

interface Exported {
  readonly name: string;
  readonly declaration: ts.Declaration;
  readonly type: ts.Type;
}

/** Reads the library's exports with the compiler. */
export function readLibrary(): { library: Library; checker: ts.TypeChecker } {
  const entry = resolve(ROOT, "src/index.ts");
  const { config } = ts.readConfigFile(resolve(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [entry], include: [] }, ts.sys, ROOT);
  const program = ts.createProgram([entry], options);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
  const symbols = checker
    .getExportsOfModule(module)
    .map((symbol) => ({ name: symbol.name, own: original(symbol, checker) }));
  const exported = symbols.flatMap(({ name, own }): Exported[] => {
    const declaration = own.declarations?.[0];
    if (declaration === undefined) return [];
    return [{ name, declaration, type: checker.getTypeOfSymbolAtLocation(own, declaration) }];
  });
  const reachable = new Set(symbols.map(({ own }) => own));
  const unreachable = exported.flatMap(({ name, declaration }) =>
    mentioned(declaration, checker)
      .filter((symbol) => !reachable.has(symbol))
      .map((symbol) => `${name} speaks of ${symbol.name}`),
  );
  return { library: { exported, unreachable: [...new Set(unreachable)].sort() }, checker };
}

/** The page, in groups by the folder that a thing is declared in. */
export function apiPage({ library, checker } = readLibrary()): string {
  const groups = GROUPS.map(([title, folders]) => {
    const own = library.exported.filter(({ declaration }) => folders.test(placeOf(declaration)));
    return [`## ${title}`, ...own.map((one) => entryText(one, checker))].join("\n\n");
  });
  return `${HEAD}\n\n${groups.join("\n\n")}\n`;
}

const HEAD = `# API reference

\`import { inspect, merge, verify } from "kvscale"\`: the functions that the commands call, and the values they work
on. Results are returned; progress goes to \`io.emit\`; a foreseen failure is a \`Refusal\` with a stable \`code\`. This page is made
from the types in \`src\`.`;

const GROUPS: readonly (readonly [title: string, places: RegExp])[] = [
  ["Operations", /^src\/operations\/(?!deps|provenance)/],
  ["Reports", /^src\/(?:report\/|operations\/provenance)/],
  ["Errors, events, findings", /^src\/(?:errors|events|finding)\.ts/],
  ["Where checkpoints are read and written", /^src\/(?:checkpoint\/|operations\/deps)/],
  ["What a checkpoint holds", /^src\/(?:inventory|config|document)\//],
  ["Scales and spellings", /^src\/scales\//],
  ["Engines", /^src\/engines\//],
  ["Attention and backends", /^src\/(?:attention|backend|runner|numeric|calibration|model|plan)\//],
  ["Safetensors", /^src\/tensors\//],
];

function entryText({ name, declaration, type }: Exported, checker: ts.TypeChecker): string {
  const told = commentOf(declaration);
  const code = signature(name, declaration, type, checker);
  return [`### ${name}`, ...(told === "" ? [] : [told]), `\`\`\`ts\n${code}\n\`\`\``].join("\n\n");
}

/** A declaration without what makes it work: bodies, private members, `export`. */
function signature(
  name: string,
  declaration: ts.Declaration,
  type: ts.Type,
  checker: ts.TypeChecker,
): string {
  if (ts.isFunctionDeclaration(declaration)) {
    const end = declaration.body?.getStart() ?? declaration.end;
    const from = declaration.getStart();
    return declaration
      .getSourceFile()
      .text.slice(from, end)
      .trim()
      .replace(/^export (?:async )?/, "");
  }
  if (ts.isClassDeclaration(declaration)) return classText(name, declaration);
  if (ts.isVariableDeclaration(declaration)) {
    const typed =
      declaration.type?.getText() ?? checker.typeToString(type, declaration, ts.TypeFormatFlags.NoTruncation);
    return `const ${name}: ${typed}`;
  }
  return declaration.getText().replace(/^export /, "");
}

function classText(name: string, declaration: ts.ClassDeclaration): string {
  const members = declaration.members
    .filter((member) => !isPrivate(member))
    .map((member) => {
      const comment = commentOf(member);
      const text =
        ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member)
          ? member
              .getSourceFile()
              .text.slice(member.getStart(), member.body?.getStart() ?? member.end)
              .trim()
          : member.getText().replace(/;$/, "");
      return `${comment === "" ? "" : `  /** ${comment} */\n`}  ${text};`;
    });
  const heritage = declaration.heritageClauses?.map((clause) => ` ${clause.getText()}`).join("") ?? "";
  return `class ${name}${heritage} {\n${members.join("\n")}\n}`;
}

function isPrivate(member: ts.ClassElement): boolean {
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
  const hidden = modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
  return hidden || (member.name !== undefined && ts.isPrivateIdentifier(member.name));
}

/** The comment above a declaration as one paragraph. */
function commentOf(declaration: ts.Node): string {
  const holder = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const text = holder.getSourceFile().text;
  const [comment] = (ts.getLeadingCommentRanges(text, holder.getFullStart()) ?? [])
    .map(({ pos, end }) => text.slice(pos, end))
    .filter((one) => one.startsWith("/**"))
    .slice(-1);
  return (comment ?? "")
    .replace(/^\/\*\*|\*\/$/g, "")
    .split("\n")
    .map((line) => line.trim().replace(/^\* ?/, ""))
    .join(" ")
    .trim();
}

/** Symbols of this package that the types of a declaration name, bodies aside. */
function mentioned(declaration: ts.Node, checker: ts.TypeChecker): ts.Symbol[] {
  const found: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node) || (ts.isClassElement(node) && isPrivate(node))) return;
    const named = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : undefined;
    const symbol = named && checker.getSymbolAtLocation(named);
    if (symbol !== undefined) found.push(original(symbol, checker));
    ts.forEachChild(node, visit);
  };
  if (!ts.isVariableDeclaration(declaration)) ts.forEachChild(declaration, visit);
  else if (declaration.type !== undefined) visit(declaration.type);
  return found.filter((symbol) =>
    symbol.declarations?.some((own) => isOurs(own) && !OPAQUE.has(symbol.name)),
  );
}

/** Types that callers hand on and never look into. */
const OPAQUE = new Set(["HubSink"]);

function isOurs(declaration: ts.Declaration): boolean {
  const flags = ts.getCombinedModifierFlags(declaration);
  return /^src\//.test(placeOf(declaration)) && (flags & ts.ModifierFlags.Export) !== 0;
}

function original(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function placeOf(node: ts.Node): string {
  return relative(ROOT, node.getSourceFile().fileName).replaceAll("\\", "/");
}
