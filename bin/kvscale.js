#!/usr/bin/env node
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

keepCompiledCode();
const { main } = await import("../dist/cli/main.js");
await main(process.argv.slice(2));

/** Node 22 and later start sooner the second time. Kept where only this user writes, not among temporary files. */
function keepCompiledCode() {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  try {
    module.enableCompileCache?.(join(XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), ".cache"), "kvscale"));
  } catch {
    // A user without a home.
  }
}
