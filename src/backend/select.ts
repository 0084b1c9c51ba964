import { environmentRefusal } from "../errors.js";
import { findAddon, loadAddon, type NativeName } from "./addon-file.js";
import type { Backend, BackendChoice, BackendDescription, BackendName } from "./backend.js";
import { type NativeOptions, nativeBackend } from "./native.js";
import { probeAddon } from "./probe.js";
import { referenceBackend } from "./reference.js";

/** The backend that will run, and for "auto" a sentence on what was chosen and why. */
export interface Selection {
  readonly backend: Backend;
  readonly note?: string;
}

/** One line of `doctor`: a backend with its description, or with the reason why it cannot be used. */
export type BackendStatus =
  | ({ readonly available: true } & BackendDescription)
  | { readonly available: false; readonly name: BackendName; readonly reason: string };

/**
 * The backend asked for. Throws an environment Refusal with the reason when it cannot be used; only
 * "auto" falls through to another one.
 */
export async function selectBackend(choice: BackendChoice, options: NativeOptions = {}): Promise<Selection> {
  if (choice === "reference") return { backend: referenceBackend };
  const name = choice === "auto" ? "cpu" : choice;
  const found = await open(name, options);
  if (choice === "auto") return automatic(found);
  if ("backend" in found) return found;
  throw environmentRefusal("backend-unavailable", {
    expected: `the ${name} backend`,
    found: found.reason,
    remedy: "Use --backend auto, or --backend reference for the slower TypeScript reference.",
  });
}

/** Every backend, best first, and what each is here. */
export async function backendStatuses(options: NativeOptions = {}): Promise<readonly BackendStatus[]> {
  const natives = (["cuda", "cpu"] as const).map(async (name): Promise<BackendStatus> => {
    const found = await open(name, options);
    if (!("backend" in found)) return { available: false, name, reason: found.reason };
    return { available: true, ...found.backend.describe() };
  });
  return [...(await Promise.all(natives)), { available: true, ...referenceBackend.describe() }];
}

type Opened = { readonly backend: Backend } | { readonly reason: string };

async function open(name: NativeName, options: NativeOptions): Promise<Opened> {
  const place = findAddon(name);
  if ("missing" in place) return { reason: place.missing };
  const reason = await probeAddon(place.file);
  if (reason !== undefined) return { reason: `${place.file} cannot be used${underForce()}: ${reason}` };
  return { backend: nativeBackend(loadAddon(place.file), place.file, options) };
}

/** An instruction set that was asked for by a wrong name is not the addon's fault. */
function underForce(): string {
  const isa = process.env["KVSCALE_ISA"];
  return isa ? ` with KVSCALE_ISA=${JSON.stringify(isa)}` : "";
}

function automatic(found: Opened): Selection {
  if (!("backend" in found)) {
    return { backend: referenceBackend, note: `chose the reference backend, since for cpu ${found.reason}` };
  }
  const { instructionSet, threads } = found.backend.describe();
  return { ...found, note: `chose the cpu backend (${instructionSet}, ${threads} threads)` };
}
