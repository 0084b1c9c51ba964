import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import type { HubTarget } from "../checkpoint/hub/push-target.js";
import { usageRefusal } from "../errors.js";
import type { Pushing } from "../operations/publish.js";
import type { Writing } from "../operations/write.js";
import type { Figures } from "../report/push-card.js";
import { aPath, type WritingFlags, writingOf } from "./globals.js";

/** Flags of `withPush`, as commander hands them over. */
export interface PushFlags {
  readonly private?: boolean;
  readonly branch: string;
  readonly pr?: boolean;
  readonly message: string;
  readonly card: boolean;
  readonly figures?: string;
  readonly serverCopy: "auto" | "never";
}

const MAIN = "main";

/** Adds the flags that say how a repository is written. */
export function withPush(command: Command): Command {
  return command
    .option("--private", "make the repository private; refuse a public one that is there")
    .option("--branch <name>", "branch to commit to, or refs/pr/N to go on with a pull request", MAIN)
    .option("--pr", "open a pull request instead of changing the branch")
    .option("--message <text>", "title of the commit", "Add FP8 KV-cache scales")
    .option("--no-card", "leave README.md alone, or send it as it is")
    .option("--figures <file>", "what `kvscale verify --json` printed, for the model card")
    .addOption(
      new Option("--server-copy <when>", "let the Hub itself copy weights of other repositories")
        .choices(["auto", "never"])
        .default("auto", "auto: where it can"),
    );
}

/** Adds `-o` and `--push`, of which a command takes one, and the flags of the latter. */
export function withDestination(command: Command): Command {
  return withPush(
    command
      .option("-o, --output <dir>", "the new checkpoint; appears whole or not at all", aPath)
      .option("--push <repository>", "the same on the Hub, as org/name: weights that are there do not travel")
      .optionsGroup("With --push:"),
  ).optionsGroup("Options:");
}

/** Flags of `withDestination`. */
export interface DestinationFlags extends PushFlags {
  readonly output?: string;
  readonly push?: string;
}

/** Where a command writes. Throws a usage Refusal unless it is told one place. */
export async function destinationOf(flags: WritingFlags & DestinationFlags): Promise<Writing> {
  const { output, push } = flags;
  if (output !== undefined && push === undefined) {
    refuseOfPush(flags);
    return writingOf({ ...flags, output });
  }
  if (push === undefined || output !== undefined) throw notOnePlace(push === undefined);
  const pushing = await pushingOf(push, flags, { create: true, dryRun: flags.dryRun ?? false });
  return { ...writingOf({ ...flags, output: push }), push: pushing };
}

/** Whoever asks for a pull request, and gets a directory, learns it too late. */
function refuseOfPush({ pr, private: hidden, figures, branch }: PushFlags): void {
  const asked = {
    "--pr": pr,
    "--private": hidden,
    "--figures": figures !== undefined,
    "--branch": branch !== MAIN,
  };
  const given = Object.entries(asked).flatMap(([flag, is]) => (is ? [flag] : []));
  if (given.length === 0) return;
  throw usageRefusal("usage-destination", {
    expected: `--push ORG/NAME with ${given.join(", ")}`,
    found: "-o, a directory",
    remedy: "Write --push ORG/NAME in place of -o, or leave these flags out.",
  });
}

/** A repository as a target, and its card. Throws a Refusal for figures that cannot be read. */
export async function pushingOf(
  repository: string,
  flags: PushFlags,
  { create, dryRun }: Pick<HubTarget, "create" | "dryRun">,
): Promise<Pushing> {
  const { branch, message, serverCopy } = flags;
  const how = { create, dryRun, private: flags.private ?? false, pullRequest: flags.pr ?? false };
  const target = { repository, branch, message, serverCopy, ...how };
  if (!flags.card) return { target };
  const { modelCard } = await import("../report/push-card.js");
  return { target, card: modelCard(await figuresOf(flags.figures)) };
}

async function figuresOf(file: string | undefined): Promise<Figures | undefined> {
  if (file === undefined) return undefined;
  const { onDisk } = await import("../checkpoint/disk/failure.js");
  const { verify } = await import("../report/schemas/verify.js");
  const text = await onDisk(file, "a report of verify that can be read", () => readFile(file, "utf8"));
  const parsed = verify.safeParse(dataOf(text));
  if (parsed.success) return parsed.data;
  const remedy = "Write one with `kvscale verify REF --json > FILE`.";
  throw usageRefusal("bad-figures", {
    file,
    expected: "what `kvscale verify --json` printed",
    found: "other text",
    remedy,
  });
}

/** The `data` of an envelope. */
function dataOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "data" in value ? value.data : undefined;
  } catch {
    return undefined;
  }
}

function notOnePlace(none: boolean) {
  return usageRefusal("usage-destination", {
    expected: "either -o DIR or --push ORG/NAME",
    found: none ? "neither" : "both",
    remedy: "Name one place for the result.",
  });
}
