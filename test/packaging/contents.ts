import ts from "typescript";
import type { PackedFile } from "./stage.js";

/** An addon that comes with the package: one a platform, on Linux one a C library. */
export const PREBUILT = /^prebuilds\/(linux-(x64|arm64)-(glibc|musl)|(darwin|win32)-(x64|arm64))\/cpu\.node$/;

/** The kinds of files in a package. All of them are there, and nothing else. */
export const KINDS = [
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
  /^bin\/kvscale\.js$/,
  /^dist\/(index|cli\/main|chunks\/[\w-]+)\.js$/,
  /^dist\/[\w/-]+\.d\.ts$/,
  /^dist\/licences\.txt$/,
  /^native\/(cpu\/)?\w+\.(cc|h)$/,
  /^native\/(build\.mjs|prebuild\.mjs|CMakeLists\.txt|package\.json)$/,
  PREBUILT,
  /^schemas\/[\w-]+\.schema\.json$/,
  /^docs\/[\w-]+\.md$/,
];

/** The parts of package.json that an installation heeds. */
export interface Manifest {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
  readonly gypfile: boolean;
}

/** The packages that these files of code import, in order of names. */
export function packagesOf(code: readonly PackedFile[]): string[] {
  const imported = code.flatMap(({ bytes }) => ts.preProcessFile(bytes.toString()).importedFiles);
  const outside = imported.map(({ fileName }) => fileName).filter((name) => !/^(node:|\.)/.test(name));
  return [...new Set(outside.map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0]))].sort();
}
