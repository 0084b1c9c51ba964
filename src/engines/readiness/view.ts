import type { Evidence, Inventory } from "../../inventory/inventory.js";
import type { Scale } from "../../scales/scale.js";
import { keepsCache, type Role, type Site } from "../../scales/site.js";
import type { Engine } from "../engine.js";
import { type Settings, settingsOf } from "../settings.js";
import { groupUnread } from "../unread.js";
import type { Platform, Unread } from "../verdict.js";
import { visibility } from "../visibility.js";

/** A scale tensor or a companion of one that an engine opens. */
export interface Candidate {
  readonly name: string;
  readonly shape: readonly number[];
  readonly spelling: string;
  readonly site: Site;
  readonly role: Role;
  /** Absent for zero points and biases, and for scales of a shard that the index does not name. */
  readonly scale?: Scale;
}

/** A checkpoint as one engine sees it, before its rules are applied. */
export interface View {
  readonly engine: Engine;
  readonly inventory: Inventory;
  readonly platform: Platform;
  readonly settings: Settings;
  /** Attention modules of the model itself that keep a cache: draft layers are loaded separately. */
  readonly sites: readonly Site[];
  readonly candidates: readonly Candidate[];
  readonly byName: ReadonlyMap<string, Candidate>;
  /** What the engine cannot see or use whatever its rules. */
  readonly unread: readonly Unread[];
  /** Why the files alone keep it from starting. */
  readonly filesRefusal?: string;
  /** The config key that switches this engine's FP8 cache on without being asked. */
  readonly switchedOnBy?: string;
}

/** Gathers what an engine's rules are applied to. Throws a data Refusal for a config that is no JSON. */
export function viewOf(engine: Engine, inventory: Inventory, platform: Platform): View {
  const files = visibility(engine.files, inventory);
  const opened = inventory.evidence.filter(({ file }) => files.opens(file));
  const candidates = candidatesOf(opened, inventory);
  const switchedOnBy = switchOf(inventory, engine, platform);
  return {
    engine,
    inventory,
    platform,
    settings: settingsOf(inventory),
    sites: sitesOf(inventory),
    candidates,
    byName: new Map(candidates.map((candidate) => [candidate.name, candidate])),
    unread: [...hiddenOf(inventory, files), ...strangeOf(opened)],
    ...(files.refusal === undefined ? {} : { filesRefusal: files.refusal }),
    ...(switchedOnBy === undefined ? {} : { switchedOnBy }),
  };
}

/** The quantiser's own dialect counts, not one that it left beside another's block. */
function switchOf({ declarations, weights }: Inventory, engine: Engine, platform: Platform) {
  if (engine.id === "tgi" && platform !== "cuda") return undefined;
  return declarations.find(
    ({ dialect, cache }) =>
      engine.switchedOnBy.includes(dialect) &&
      dialect.startsWith(weights.method) &&
      cache.startsWith("float8"),
  )?.path;
}

/** The view of an engine that skips the config's declaration, so that its cache stays as it is. */
export function unswitched({ switchedOnBy: _, ...rest }: View): View {
  return rest;
}

/** Where no weights are present (a file of scales alone), the scales tell the sites. */
function sitesOf({ sites, evidence }: Inventory): readonly Site[] {
  const told = new Map(
    evidence.flatMap(({ reading }) => ("site" in reading ? [[reading.site.path, reading.site]] : [])),
  );
  const all = sites.length > 0 ? sites : [...told.values()];
  return all.filter((site) => keepsCache(site) && site.kind !== "draft");
}

function candidatesOf(opened: readonly Evidence[], { table }: Inventory): Candidate[] {
  const scales = new Map(
    table.entries.map((entry) => [key(entry.found?.file, entry.found?.name), entry.scale]),
  );
  return opened.flatMap(({ file, name, shape, reading }) => {
    if (!("site" in reading)) return [];
    const { spelling, site, role } = reading;
    const scale = reading.as === "scale" ? scales.get(key(file, name)) : undefined;
    return [{ name, shape, spelling, site, role, ...(scale === undefined ? {} : { scale }) }];
  });
}

const key = (file = "", name = "") => `${file}\0${name}`;

function hiddenOf({ evidence }: Inventory, files: ReturnType<typeof visibility>): Unread[] {
  const hidden = evidence.filter(({ file, reading }) => reading.as === "scale" && !files.opens(file));
  return groupUnread(hidden.map(({ file, name }) => [name, files.hidden(file)]));
}

function strangeOf(opened: readonly Evidence[]): Unread[] {
  return groupUnread(
    opened.flatMap(({ name, reading }) =>
      reading.as === "refused" ? [[name, `such a tensor is never read: ${reading.why}`] as const] : [],
    ),
  );
}
