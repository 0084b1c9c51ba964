import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { usageRefusal } from "../../errors.js";

/**
 * Throws a usage Refusal when an output would lie in an input, be one, or hold one. Compared
 * by what the disk calls the same (device and inode), so that other spellings of a path do not hide it.
 */
export async function checkApart(target: string, inputs: readonly string[], shown: string): Promise<void> {
  const aboveTarget = await identitiesUp(target);
  const own = await identity(target);
  for (const input of inputs) {
    const it = await identity(input);
    if (it === undefined) continue;
    if (own === it) throw overlaps(shown, "the same as", input);
    if (aboveTarget.has(it)) throw overlaps(shown, "inside", input);
    if (own !== undefined && (await aboveAll(input)).has(own)) throw overlaps(shown, "around", input);
  }
}

/** What lies above an input by the name it was given, and above the file or directory that a link leads to. */
async function aboveAll(input: string): Promise<Set<string>> {
  const real = await realpath(input);
  return new Set([...(await identitiesUp(input)), ...(await identitiesUp(real))]);
}

/** The identities of a path and of every directory above it, as far as they exist. */
async function identitiesUp(path: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (let at = path, last = ""; at !== last; last = at, at = dirname(at)) {
    const it = await identity(at);
    if (it !== undefined) found.add(it);
  }
  return found;
}

async function identity(path: string): Promise<string | undefined> {
  return stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => undefined,
  );
}

/** The usage Refusal for an output that is `how` an input: "inside", "around". */
export function overlaps(file: string, how: string, input: string) {
  return usageRefusal("target-overlaps-input", {
    file,
    expected: "an output apart from every input",
    found: `one that is ${how} ${input}`,
    remedy: "Choose an output beside the checkpoint, not in it.",
  });
}
