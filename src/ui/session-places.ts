import type { Dirent } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fuzzy } from "./state/fuzzy.js";
import type { Offer } from "./state/screen.js";

/**
 * What lies where an unfinished path points: entries of its folder whose names fit its last part; with `any`, files of
 * all sorts. Never throws.
 */
export async function offersAt(text: string, any = false): Promise<readonly Offer[]> {
  if (text.startsWith("hf://")) return [];
  const cut = text.lastIndexOf("/") + 1;
  const [shown, query] = [text.slice(0, cut), text.slice(cut)];
  const folder = expanded(shown === "" ? "." : shown);
  const entries = (await entriesOf(folder)).filter(
    ({ name }) => query.startsWith(".") || !name.startsWith("."),
  );
  const fitting = fuzzy(
    query,
    entries.sort((a, b) => (a.name < b.name ? -1 : 1)),
    ({ name }) => name,
  );
  const offers = await Promise.all(fitting.slice(0, MOST).map((entry) => offerOf(entry, shown, folder, any)));
  return offers.filter((offer) => offer !== undefined);
}

/** Checkpoints beside a local one, those whose names begin most alike first. None for the Hub. Never throws. */
export async function neighboursOf(ref: string): Promise<readonly string[]> {
  const path = expanded(ref);
  const cut = ref.replace(/\/+$/, "").lastIndexOf("/") + 1;
  const own = basename(resolve(path));
  const folder = dirname(resolve(path));
  const offers = await Promise.all(
    (await entriesOf(folder)).slice(0, MOST).map((e) => offerOf(e, "", folder, false)),
  );
  const names = offers.flatMap((offer) =>
    offer?.kind === "checkpoint" && offer.text !== own && likeness(offer.text, own) >= LEAST_LIKENESS
      ? [offer.text]
      : [],
  );
  const prefix = cut > 0 ? ref.slice(0, cut) : "./";
  return names
    .sort((a, b) => likeness(b, own) - likeness(a, own) || (a < b ? -1 : 1))
    .map((name) => prefix + name);
}

/** Paths where something is already, as `beside` spells them: in the present directory, and beside a local checkpoint. */
export async function takenNear(ref: string, onHub: boolean): Promise<ReadonlySet<string>> {
  const cut = ref.replace(/\/+$/, "").lastIndexOf("/") + 1;
  const own = onHub || cut === 0 ? [] : await entriesOf(dirname(resolve(expanded(ref))));
  const here = await entriesOf(".");
  return new Set([
    ...here.map(({ name }) => `./${name}`),
    ...own.map(({ name }) => ref.slice(0, cut) + name),
  ]);
}

/** `../Llama-3-8B` for `.` within it: dots alone give no name that a result beside it could have. Others stay as they are. */
export function byName(ref: string): string {
  const own = basename(resolve(ref));
  return /(?:^|\/)\.{1,2}\/*$/.test(ref) && own !== "" ? join(ref, "..", own) : ref;
}

/** True for a path of this machine, false for a name on the Hub. Never throws. */
export async function isOnDisk(ref: string): Promise<boolean> {
  return access(ref).then(
    () => true,
    () => false,
  );
}

/** A folder with more entries is searched by its first ones; nobody reads further. */
const MOST = 200;

/** Fewer letters in common are an accident. */
const LEAST_LIKENESS = 4;

const FILES = /\.(safetensors|json)$/i;

/** Only links to folders matter, and those are seen by looking into them. */
async function offerOf(
  entry: Dirent,
  shown: string,
  folder: string,
  any: boolean,
): Promise<Offer | undefined> {
  if (entry.isFile())
    return any || FILES.test(entry.name) ? { text: shown + entry.name, kind: "file" } : undefined;
  if (!entry.isDirectory() && !entry.isSymbolicLink()) return undefined;
  const inside = await entriesOf(join(folder, entry.name));
  const holds = inside.some(({ name }) => name === "config.json" || name.endsWith(".safetensors"));
  if (holds) return { text: shown + entry.name, kind: "checkpoint" };
  return entry.isDirectory() ? { text: `${shown}${entry.name}/`, kind: "folder" } : undefined;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

function expanded(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

/** Letters that both names begin with; a name that the other one goes on from is likelier than one that turns off. */
function likeness(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length]?.toLowerCase() === b[length]?.toLowerCase()) length += 1;
  const rest = [a, b].map((name) => name.slice(length));
  return rest.some((text) => text === "") && rest.every((text) => /^([-_.]|$)/.test(text))
    ? length + WHOLE
    : length;
}

/** More than any other likeness. */
const WHOLE = 1000;
