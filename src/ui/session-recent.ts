import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { isOnDisk } from "./session-places.js";

/** Checkpoints opened before, latest first; none where nothing readable is kept. Never throws. */
export async function recall(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  try {
    const kept: unknown = JSON.parse(await readFile(fileOf(env), "utf8"));
    const refs = Array.isArray(kept) ? kept.filter((ref) => typeof ref === "string") : [];
    return refs.slice(0, MOST).map(shortened);
  } catch {
    return [];
  }
}

/** Puts a checkpoint first, and answers with the list. A folder that cannot be written costs only the memory. */
export async function remember(ref: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const full = (await isOnDisk(ref)) ? resolve(ref) : ref;
  const before = (await recall(env)).filter((other) => other !== shortened(full));
  const list = [shortened(full), ...before].slice(0, MOST);
  const file = fileOf(env);
  const draft = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(draft, `${JSON.stringify(list.map(lengthened), null, 2)}\n`);
    await rename(draft, file);
  } catch {
    return list;
  }
  return list;
}

const MOST = 20;

/** Paths are kept whole, as the next session may begin elsewhere, and shown from where we are. */
function shortened(ref: string): string {
  const inside = `${process.cwd()}${sep}`;
  return ref.startsWith(inside) ? `./${ref.slice(inside.length)}` : ref;
}

function lengthened(ref: string): string {
  return ref.startsWith("./") ? resolve(ref) : ref;
}

/** XDG base directory specification: state that should outlive the session and is of no use elsewhere. */
function fileOf(env: NodeJS.ProcessEnv): string {
  const state = env["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  return join(state, "kvscale", "recent.json");
}
