import type { Io } from "../../events.js";
import { SIDECARS } from "../../scales/sidecars/sidecars.js";
import type { Remote } from "./push-remote.js";
import type { HubTarget, Way } from "./push-target.js";
import { gitOidOf, sha256Of, type Wanted } from "./push-wanted.js";
import type { TreeFile } from "./tree.js";

/** A file of the result and the cheapest way to it. */
export interface Choice {
  readonly wanted: Wanted;
  readonly way: Exclude<Way, "delete">;
}

/**
 * The cheapest way for each file. What cannot be told apart by size is read and hashed; nothing is sent. `endpoint`
 * is the Hub written to: only what lies there can be referred to.
 */
export async function chooseWays(
  wanted: readonly Wanted[],
  remote: Remote,
  target: HubTarget,
  endpoint: string,
  io: Io,
): Promise<Choice[]> {
  const objects = new Set([...remote.files.values()].flatMap(({ sha256 }) => sha256 ?? []));
  const choices: Choice[] = [];
  for (const file of wanted) {
    io.signal.throwIfAborted();
    const there = remote.files.get(file.path);
    const same = there !== undefined && (await isSame(file, there, io));
    choices.push({ wanted: file, way: same ? "same" : wayOf(file, objects, target, endpoint) });
  }
  return choices;
}

/**
 * Files of the target that would spoil the result: those that the plan leaves out, such as a config that declares
 * scales which are gone, and, where the result is a whole model, tensor files, indexes and declarations of scales
 * beside the config that it does not have. Readers would take them for a part of the checkpoint, or instead of it. A
 * file of scales or an adapter is no whole model: it joins what is there.
 */
export function strays(
  wanted: readonly Wanted[],
  { files }: Remote,
  leaving: ReadonlySet<string>,
): TreeFile[] {
  const kept = new Set(wanted.map(({ path }) => path));
  const isModel = CONFIGS.some((path) => kept.has(path)) && [...kept].some((path) => TENSORS.test(path));
  const leaves = (path: string) =>
    leaving.has(path) || (isModel && (TENSORS.test(path) || DECLARING.has(path)));
  return [...files.values()].filter(({ path }) => leaves(path) && !kept.has(path));
}

/** Of a whole model; Mistral's own format has the second. */
const CONFIGS = ["config.json", "params.json"];

/** Files besides the config that say how weights and cache are quantised, or hold scales. */
const DECLARING: ReadonlySet<string> = new Set([
  "hf_quant_config.json",
  ...SIDECARS.map(({ fileName }) => fileName),
]);

const TENSORS = /^[^/]+\.safetensors(\.index\.json)?$/;

async function isSame(wanted: Wanted, there: TreeFile, io: Io): Promise<boolean> {
  if (wanted.size !== there.size) return false;
  if (there.sha256 !== undefined)
    return (wanted.held?.sha256 ?? (await sha256Of(wanted, io))) === there.sha256;
  const known = wanted.held?.sha256 === undefined ? wanted.held?.gitOid : undefined;
  return (known ?? (await gitOidOf(wanted, io))) === there.gitOid;
}

function wayOf(
  { held }: Wanted,
  objects: ReadonlySet<string>,
  { repository, serverCopy }: HubTarget,
  endpoint: string,
): Choice["way"] {
  if (held?.sha256 === undefined || held.place.endpoint !== endpoint) return "send";
  if (objects.has(held.sha256) || held.place.repository === repository) return "refer";
  return serverCopy === "auto" && held.xetHash !== undefined ? "copy" : "send";
}
