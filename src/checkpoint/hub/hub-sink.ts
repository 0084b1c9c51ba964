import { environmentRefusal, usageRefusal } from "../../errors.js";
import type { Io } from "../../events.js";
import type { Piece, Plan } from "../../plan/plan.js";
import { readText } from "../read-shards.js";
import { shownPath } from "../relative-path.js";
import type { CheckpointSink } from "../sink.js";
import type { CheckpointSource } from "../source.js";
import type { HubClient } from "./client.js";
import { announceFallback, announceUploads } from "./push-announce.js";
import { readBack } from "./push-check.js";
import { copyObjects } from "./push-copy.js";
import { type Decided, factsOf, isChange } from "./push-facts.js";
import type { PushParts } from "./push-fetch.js";
import { deletionLine, objectLine } from "./push-lines.js";
import { leavingOf, refuseUnfitPlan } from "./push-plan.js";
import { lookAt, type Remote } from "./push-remote.js";
import type { HubTarget, PushFacts } from "./push-target.js";
import { createBranch, createRepository, uploadAndCommit } from "./push-upload.js";
import { type Wanted, wantedOf } from "./push-wanted.js";
import { type Choice, chooseWays, strays } from "./push-ways.js";
import { HubSource } from "./source.js";

/** What a sink for the Hub works with. */
export interface SinkParts extends PushParts {
  readonly client: HubClient;
  /** Whether large files may travel by Xet, the Hub's own protocol. */
  readonly xet: boolean;
}

/**
 * A sink for one commit to a repository of the Hub. Steps are gathered; `commit` sends what the Hub lacks and makes
 * the whole visible at once, on top of the very commit that was looked at, and reads it back.
 */
export class HubSink implements CheckpointSink {
  readonly label: string;
  facts: PushFacts | undefined;
  readonly #wanted = new Map<string, Wanted>();
  #leaving: ReadonlySet<string> = new Set();
  #remote: Remote | undefined;

  constructor(
    private readonly target: HubTarget,
    private readonly parts: SinkParts,
  ) {
    this.label = target.repository;
  }

  /** The target as it is before the push. */
  async remote(io: Io): Promise<Remote> {
    this.#remote ??= await lookAt(this.parts.client, this.target, io);
    return this.#remote;
  }

  /** The text of a file that is there before the push; nothing where there is none. */
  async text(path: string, io: Io): Promise<string | undefined> {
    const { commit, files } = await this.remote(io);
    const file = files.get(path);
    if (commit === undefined || file === undefined) return undefined;
    const repository = { id: this.label, label: this.label };
    const source = new HubSource(
      { client: this.parts.client, repository, commit, files: [file], cached: NOT_CACHED },
      io.emit,
    );
    return readText(source, file, io.signal);
  }

  async begin(plan: Plan, source: CheckpointSource, io: Io): Promise<void> {
    this.#wanted.clear();
    this.#leaving = leavingOf(plan);
    await refuseUnfitPlan(plan, source, io.signal);
    await this.remote(io);
  }

  async keep(source: CheckpointSource, path: string, as: string, size: number): Promise<void> {
    this.#want(await wantedOf({ step: "keep", path, as, size }, source, this.label));
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.#want(await wantedOf({ step: "write", path, bytes, why: "" }, NOWHERE, this.label));
  }

  async stream(
    source: CheckpointSource,
    path: string,
    pieces: readonly Piece[],
    size: number,
  ): Promise<void> {
    this.#want(await wantedOf({ step: "stream", path, pieces, size, why: "" }, source, this.label));
  }

  /** What `commit` would do now. Files that cannot be told apart by size are hashed. */
  async decide(io: Io): Promise<Decided> {
    const remote = await this.remote(io);
    const wanted = [...this.#wanted.values()];
    io.emit({ type: "phase", name: `comparing with ${this.label}` });
    const { endpoint } = this.parts.settings;
    const choices = await chooseWays(wanted, remote, this.target, endpoint, io);
    const decided = { target: this.target, remote, choices, strays: strays(wanted, remote, this.#leaving) };
    this.facts = factsOf(decided, endpoint);
    announceUploads(choices, this.target, io.emit);
    return decided;
  }

  async commit(io: Io): Promise<void> {
    const decided = await this.decide(io);
    if (this.target.dryRun || !isChange(decided)) return;
    io.signal.throwIfAborted();
    const parent = await this.#prepared(decided.remote, io);
    const { sent, lines } = await this.#gathered(decided, io);
    const { target, parts } = this;
    const committing = { parts: { ...parts, io }, client: parts.client, target, parent, lines };
    const made = await uploadAndCommit(sent, committing, io, parts.xet);
    const { commit, pullRequest } = made;
    this.facts = { ...this.facts!, commit, pullRequest, url: pullRequest ?? this.facts!.url };
    await readBack(made, parts.client, this.label, io);
  }

  /** Nothing is visible before the commit, and nothing is left to be taken back after it. */
  async abort(): Promise<void> {
    this.#wanted.clear();
  }

  #want(wanted: Wanted): void {
    if (this.#wanted.has(wanted.path)) throw twice(shownPath(this.label, wanted.path));
    this.#wanted.set(wanted.path, wanted);
  }

  /** Makes what is lacking, and answers the commit to build on. */
  async #prepared({ lacks, commit }: Remote, io: Io): Promise<string> {
    if (commit !== undefined) return commit;
    const parts = { ...this.parts, io };
    if (lacks === "repository") await createRepository(this.target, parts);
    const again = await lookAt(parts.client, this.target, io);
    if (again.lacks === "branch") await createBranch(this.target, parts);
    const { commit: made } = again.lacks === undefined ? again : await lookAt(parts.client, this.target, io);
    return made ?? notMade(this.label);
  }

  /** Files that must be sent, and the lines for those that need not be. */
  async #gathered(decided: Decided, io: Io): Promise<{ sent: Wanted[]; lines: string[] }> {
    const { choices, strays: gone } = decided;
    const by = (way: Choice["way"]) =>
      choices.filter((choice) => choice.way === way).map(({ wanted }) => wanted);
    const copying = by("copy");
    const notCopied = await copyObjects(copying, this.parts.client, this.label, io);
    announceFallback(notCopied, io.emit);
    const { files } = notCopied;
    this.facts = factsOf(
      { ...decided, choices: withoutCopies(choices, files) },
      this.parts.settings.endpoint,
    );
    const placed = [...by("refer"), ...copying.filter((file) => !files.includes(file))];
    const lines = placed.map(({ path, size, held }) => objectLine(path, held!.sha256!, size));
    return {
      sent: [...by("send"), ...files],
      lines: [...lines, ...gone.map(({ path }) => deletionLine(path))],
    };
  }
}

const NOT_CACHED = { list: async () => undefined, find: async () => undefined };

const NOWHERE: CheckpointSource = {
  label: "new files",
  list: async () => [],
  read: async () => [],
  locate: async () => undefined,
};

function withoutCopies(choices: readonly Choice[], files: readonly Wanted[]): Choice[] {
  return choices.map((choice) => (files.includes(choice.wanted) ? { ...choice, way: "send" } : choice));
}

function twice(file: string) {
  return usageRefusal("target-exists", {
    file,
    expected: "a path that is free",
    found: "a file of the same output",
  });
}

function notMade(file: string): never {
  throw environmentRefusal("unexpected-answer", {
    file,
    expected: "the branch that was made",
    found: "none",
  });
}
