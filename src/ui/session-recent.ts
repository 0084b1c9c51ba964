import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Checkpoints opened before, latest first; none where nothing readable is kept. Never throws. */
export async function recall(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  try {
    const kept: unknown = JSON.parse(await readFile(fileOf(env), "utf8"));
    return Array.isArray(kept) ? kept.filter((ref) => typeof ref === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** Puts a checkpoint first, and answers with the list. A folder that cannot be written costs only the memory. */
export async function remember(ref: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const list = [ref, ...(await recall(env)).filter((other) => other !== ref)].slice(0, MOST);
  const file = fileOf(env);
  const draft = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(draft, `${JSON.stringify(list, null, 2)}\n`);
    await rename(draft, file);
  } catch {
    return list;
  }
  return list;
}

const MOST = 20;

/** XDG base directory specification: state that should outlive the session and is of no use elsewhere. */
function fileOf(env: NodeJS.ProcessEnv): string {
  const state = env["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  return join(state, "kvscale", "recent.json");
}
