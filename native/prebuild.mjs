// npm's `prepack`: builds the addon and puts it where an installed package looks for one on such a machine,
// prebuilds/<platform>-<arch>[-<libc>]/cpu.node (src/backend/addon-file.ts). With --optional a machine that cannot build
// packs what the folder holds, which may be nothing. KVSCALE_SKIP_NATIVE=1 compiles nothing: a release gathers there what
// several machines have built.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const native = dirname(fileURLToPath(import.meta.url));
const built = join(native, "build", "Release", "cpu.node");
const folder = join("prebuilds", platformName());

const { status } = spawnSync(process.execPath, [join(native, "build.mjs"), ...process.argv.slice(2)], {
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);
if (existsSync(built)) putInPlace(join(dirname(native), folder));

function putInPlace(target) {
  mkdirSync(target, { recursive: true });
  copyFileSync(built, join(target, "cpu.node"));
  console.log(`native addon copied to ${join(folder, "cpu.node")}`);
}

/** As src/backend/addon-file.ts names it; what is packed is found again by a test. */
function platformName() {
  const place = `${process.platform}-${process.arch}`;
  if (process.platform !== "linux") return place;
  process.report.excludeNetwork = true;
  return `${place}-${process.report.getReport().header.glibcVersionRuntime ? "glibc" : "musl"}`;
}
