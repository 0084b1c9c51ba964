import { findAddon, loadAddon } from "../../src/backend/addon-file.js";
import type { Backend } from "../../src/backend/backend.js";
import { nativeBackend } from "../../src/backend/native.js";
import { probeAddon } from "../../src/backend/probe.js";

/** Each instruction set that this machine can run, with its BF16 products and without. */
export async function nativeVariants(): Promise<(readonly [string, Backend])[]> {
  const place = findAddon("cpu");
  if ("missing" in place || (await probeAddon(place.file)) !== undefined) return [];
  const { isas } = loadAddon(place.file).info();
  return isas
    .filter(({ unavailable }) => unavailable === null)
    .flatMap(({ name: instructionSet, bf16Dot }) => [
      [`cpu, ${instructionSet}`, native({ instructionSet, precise: true })] as const,
      ...(bf16Dot
        ? [[`cpu, ${instructionSet} with BF16 products`, native({ instructionSet })] as const]
        : []),
    ]);
}

/** The addon of this clone with those options; throws where there is none. */
export function native(options: Parameters<typeof nativeBackend>[2]): Backend {
  const place = findAddon("cpu");
  if ("missing" in place) throw new Error(place.missing);
  return nativeBackend(loadAddon(place.file), place.file, options);
}
