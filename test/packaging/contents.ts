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
