import { rm, stat } from "node:fs/promises";
import { dataRefusal, usageRefusal } from "../errors.js";
import type { Plan, Step } from "../plan/plan.js";
import { chunksOf } from "./chunks.js";
import { onDisk } from "./disk/failure.js";
import { fileChunks } from "./disk/file-chunks.js";
import { type Sharing, share } from "./disk/links.js";
import { writeNewFile } from "./disk/new-file.js";
import { shownPath } from "./relative-path.js";
import type { CheckpointSource } from "./source.js";

/** How unchanged files reach the output. "auto" clones where the disk can, and copies where it cannot. */
export type LinkMode = "auto" | "copy" | Sharing;

/** A file to be kept: which, where to, and how it is called there. */
export interface Kept {
  readonly source: CheckpointSource;
  readonly path: string;
  readonly size: number;
  readonly to: string;
  readonly shown: string;
  readonly sync: boolean;
}

/** How one output keeps its files. `asked` means that no other way may take its place. */
export interface Keeping {
  readonly how: Sharing | "copy";
  readonly asked: boolean;
}

/**
 * Decides how files will be kept by trying it on one of them, whose `to` is free again afterwards. Throws a
 * Refusal when the way that was asked for cannot work.
 */
export async function chooseKeeping(link: LinkMode, sample: Kept | undefined): Promise<Keeping> {
  const asked = link !== "auto";
  const how = link === "auto" ? "reflink" : link;
  if (how === "copy" || sample === undefined) return { how, asked };
  const works = await attempt(how, sample, asked);
  if (works) await rm(sample.to);
  return { how: works ? how : "copy", asked };
}

/** The kept file on which a way is tried: the smallest that has bytes and does not come by other means. */
export function smallestKept(plan: Plan, others: ReadonlySet<string>): KeepStep | undefined {
  const kept = plan.steps.filter(
    (step): step is KeepStep => step.step === "keep" && step.size > 0 && !others.has(step.path),
  );
  return kept.reduce<KeepStep | undefined>(
    (least, step) => (least && least.size <= step.size ? least : step),
    undefined,
  );
}

type KeepStep = Step & { readonly step: "keep" };

/** Puts one file in place and answers how: in the way chosen or, where that is only a preference, by a copy. */
export async function keepFile(
  kept: Kept,
  { how, asked }: Keeping,
  signal: AbortSignal,
  tell: (bytes: number) => void,
): Promise<Sharing | "copy"> {
  if (how !== "copy" && (await attempt(how, kept, asked))) {
    tell(kept.size);
    return how;
  }
  await copyFile(kept, signal, tell);
  return "copy";
}

async function attempt(how: Sharing, kept: Kept, asked: boolean): Promise<boolean> {
  try {
    await shareFile(how, kept);
    return true;
  } catch (error) {
    if (asked) throw error;
    return false;
  }
}

async function shareFile(how: Sharing, kept: Kept): Promise<void> {
  const located = await kept.source.locate(kept.path);
  if (located === undefined) throw elsewhere(how, kept);
  await expectSize(located, kept);
  await share(how, located, kept.to, kept.shown, kept.sync);
}

async function copyFile(kept: Kept, signal: AbortSignal, tell: (bytes: number) => void): Promise<void> {
  const { source, path, size, to, shown, sync } = kept;
  const located = await source.locate(path);
  if (located === undefined) {
    const whole = [{ from: path, range: [0, size] as const }];
    await writeNewFile({ to, shown, size, mode: ORDINARY, sync }, chunksOf(source, whole, signal), tell);
    return;
  }
  const mode = await expectSize(located, kept);
  const chunks = fileChunks(located, size, shownPath(source.label, path), signal);
  await writeNewFile({ to, shown, size, mode, sync }, chunks, tell);
  await expectUntouched(kept, signal);
}

/** Reading nothing makes the source look at the file once more: a copy of one that changed meanwhile is no copy. */
async function expectUntouched({ source, path }: Kept, signal: AbortSignal): Promise<void> {
  await source.read(path, [], signal);
}

/** Permission bits of a file that comes from nowhere on this machine. */
const ORDINARY = 0o666;

/** A plan counts on the size that the file had when it was made. Answers the file's permission bits. */
async function expectSize(located: string, { source, path, size }: Kept): Promise<number> {
  const file = shownPath(source.label, path);
  const stats = await onDisk(file, "a file that can be looked at", () => stat(located));
  if (stats.size === size) return stats.mode & 0o777;
  throw dataRefusal("file-changed", {
    file,
    expected: `the ${size} bytes that were there when the plan was made`,
    found: `${stats.size} bytes`,
    remedy: "Wait until whatever writes the file is done, then run the command again.",
  });
}

function elsewhere(how: Sharing, { source, path }: Kept) {
  return usageRefusal("not-on-this-machine", {
    file: shownPath(source.label, path),
    expected: `a file on this machine, for \`--link ${how}\``,
    found: "one that has to be fetched",
    remedy: "Use `--link auto` or `--link copy`.",
  });
}
