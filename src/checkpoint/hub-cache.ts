import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** A repository of the Hub, and the branch, tag or commit that was asked for, if any. */
export interface HubName {
  /** `org/name`. */
  readonly repository: string;
  readonly revision?: string;
}

/** Reads `org/name`, `org/name@revision` and both behind `hf://`; nothing for any other text. */
export function parseHubName(ref: string): HubName | undefined {
  const match = HUB_NAME.exec(ref);
  if (match === null) return undefined;
  const [, repository, revision] = match;
  return { repository: repository!, ...(revision === undefined ? {} : { revision }) };
}

const HUB_NAME = /^(?:hf:\/\/)?([A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*)(?:@(.+))?$/s;

/** Where Hub downloads are kept, by the rules of huggingface_hub `constants.py`: first variable set wins. */
export function hubCacheFolder(env: NodeJS.ProcessEnv): string {
  const own = env["HF_HUB_CACHE"] || env["HUGGINGFACE_HUB_CACHE"];
  return own ? expandHome(own) : join(hubHome(env), "hub");
}

/** Where huggingface_hub keeps all that it keeps. */
export function hubHome(env: NodeJS.ProcessEnv): string {
  const home = env["HF_HOME"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "huggingface");
  return expandHome(home);
}

/** A path of the environment with `~` at its beginning resolved. */
export function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

/** The folder of a model repository within a cache folder. */
export function repositoryFolder(cache: string, repository: string): string {
  return join(cache, `models--${repository.replaceAll("/", "--")}`);
}

/** True for a folder laid out as one repository of the Hub cache. */
export async function isRepositoryFolder(folder: string): Promise<boolean> {
  return await isFolder(join(folder, "snapshots"));
}

/** The snapshot folder of a revision (default `main`) in a repository folder, where it has been downloaded. */
export async function findSnapshot(folder: string, revision = "main"): Promise<string | undefined> {
  if (revision.split("/").some((part) => part === "" || part === "." || part === "..")) return undefined;
  const commit = await readFile(join(folder, "refs", revision), "utf8").catch(() => revision);
  if (!/^[\w.-]+$/.test(commit.trim()) || /^\.+$/.test(commit.trim())) return undefined;
  const snapshot = join(folder, "snapshots", commit.trim());
  return (await isFolder(snapshot)) ? snapshot : undefined;
}

/** The commits that a repository folder has snapshots of. */
export async function snapshotsOf(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, "snapshots")).catch(() => []);
  return names.filter((name) => !name.startsWith(".")).sort();
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
