import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of one MiB, mounted for one test file. */
export interface SmallDisk {
  readonly path: string;
  empty(): void;
  whileReadOnly<T>(act: () => Promise<T>): Promise<T>;
  remove(): void;
}

/** True where this process may mount one: it is tried out. */
export function mayMount(): boolean {
  try {
    mountSmallDisk().remove();
    return true;
  } catch {
    return false;
  }
}

/** Mounts a tmpfs; throws where that is not permitted, and leaves nothing then. */
export function mountSmallDisk(): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), "kvscale-disk-"));
  try {
    run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path);
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  return {
    path,
    empty: () => {
      for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true });
    },
    whileReadOnly: async (act) => {
      run("mount", "-o", "remount,ro", path);
      return act().finally(() => run("mount", "-o", "remount,rw", path));
    },
    remove: () => {
      run("umount", path);
      rmdirSync(path);
    },
  };
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: "ignore" });
}
