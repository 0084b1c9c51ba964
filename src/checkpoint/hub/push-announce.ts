import type { Event } from "../../events.js";
import type { NotCopied } from "./push-copy.js";
import type { HubTarget } from "./push-target.js";
import type { Wanted } from "./push-wanted.js";
import type { Choice } from "./push-ways.js";

/** Says, before it begins, which weights will pass through this machine on their way to the Hub; nothing where none do. */
export function announceUploads(
  choices: readonly Choice[],
  { serverCopy }: HubTarget,
  emit: (event: Event) => void,
): void {
  const files = choices.flatMap(({ wanted, way }) => (way === "send" && wanted.fetched > 0 ? [wanted] : []));
  if (files.length === 0) return;
  const why = files.every(({ held }) => held === undefined)
    ? "they are put together anew"
    : serverCopy === "never"
      ? "--server-copy never"
      : "the Hub cannot copy all of them itself";
  emit({ type: "warning", code: "uploads-weights", message: passage(files, why) });
}

/** The same of files that the Hub was to copy, and did not. */
export function announceFallback({ files, reason }: NotCopied, emit: (event: Event) => void): void {
  const message = passage(files, `the Hub does not copy them itself (${reason})`);
  if (files.length > 0) emit({ type: "warning", code: "no-server-copy", message });
}

/** Twice, because the library hashes a file before it asks whether the Hub has it. */
function passage(files: readonly Wanted[], why: string): string {
  const bytes = files.reduce((sum, { fetched }) => sum + fetched, 0);
  const count = files.length === 1 ? "1 file" : `${files.length} files`;
  return `${bytes} bytes of weights, in ${count}, are read from the Hub, twice, and uploaded: ${why}`;
}
