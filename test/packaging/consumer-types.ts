import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { ROOT } from "./stage.js";

/** How a project resolves its imports. */
const MODES = {
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
} as const;

/**
 * What TypeScript says, file by file, about a strict project in `folder` that uses the package installed there and has no
 * types besides Node's. Declarations of packages are checked too. The project has one mistake, in its last line.
 */
export function complaints(folder: string, mode: keyof typeof MODES): (readonly [string, string])[] {
  const file = join(folder, "use.mts");
  writeFileSync(file, USE);
  const program = ts.createProgram([file], {
    ...MODES[mode],
    ...{
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      preserveSymlinks: true,
      target: ts.ScriptTarget.ES2023,
    },
    ...{ types: ["node"], typeRoots: [join(ROOT, "node_modules/@types")] },
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file: at }) => {
    return [relative(folder, at?.fileName ?? folder), ts.flattenDiagnosticMessageText(messageText, "\n")];
  });
}

const USE = `import { type InspectReport, inspect, isRefusal, SPELLINGS } from "kvscale";
const io = { emit: () => {}, signal: new AbortController().signal };
export const report: Promise<InspectReport> = inspect({ ref: "x", engine: "vllm" }, io);
export const refused: boolean = isRefusal(null);
export const spelling: string = SPELLINGS[0]!.id;
export const mistake: number = spelling;
`;
