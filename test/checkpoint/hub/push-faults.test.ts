import { describe, expect, it } from "vitest";
import { apply } from "../../../src/checkpoint/apply.js";
import type { HubTarget } from "../../../src/checkpoint/hub/push-target.js";
import type { CheckpointSource } from "../../../src/checkpoint/source.js";
import type { Io } from "../../../src/events.js";
import { sha256Of } from "../../support/hub/content.js";
import type { FakeHub, Fault } from "../../support/hub/hub.js";
import { refusalOf } from "../refusals.js";
import { mergedFiles, SCALES, SHARD_2, sampleFiles, samplePlan } from "../sample.js";
import { heardIo } from "../scratch.js";
import { filesOn, hasty, hubForTest, sinkTo, sourceOn } from "./publishing.js";

/** What one trouble leads to: the push survives, or is refused by a code; how often the request was made in all. */
interface Row {
  readonly fault: Fault;
  readonly refused?: string;
  readonly requests: number;
  /** The commit was made although the push is refused: its answer was lost. */
  readonly made?: boolean;
  readonly target?: Partial<HubTarget>;
  readonly warns?: string;
  /** Milliseconds that are waited at least. */
  readonly waits?: number;
}

const status = (code: number, headers: Record<string, string> = {}) =>
  ({ kind: "status", status: code, headers }) as const;
const reset = (when: "before" | "after" | "midway") => ({ kind: "reset", when }) as const;
/** The object of the new scales, which every push here has to send. */
const SCALES_OBJECT = new RegExp(sha256Of(mergedFiles().get(SCALES)!));
const ALWAYS = { times: 99 };
const PROPOSAL = { create: false, pullRequest: true };

const ROWS: Readonly<Record<string, Row>> = {
  "looking: 503": { fault: { on: "info", trouble: status(503) }, requests: 3 },
  "listing: a short body": {
    fault: { on: "tree", trouble: { kind: "short-body" } },
    requests: 1,
    refused: "unexpected-answer",
  },
  "listing: a broken connection": { fault: { on: "tree", trouble: reset("midway") }, requests: 3 },
  "creating: 503": { fault: { on: "create", trouble: status(503) }, requests: 2 },
  "creating: the answer is lost": { fault: { on: "create", trouble: reset("after") }, requests: 2 },
  "creating: 403": {
    fault: { on: "create", trouble: status(403), ...ALWAYS },
    requests: 1,
    refused: "not-permitted",
  },
  "copying: 503": { fault: { on: "duplicate", trouble: status(503) }, requests: 2 },
  "copying: 404": {
    fault: { on: "duplicate", trouble: status(404), ...ALWAYS },
    requests: 1,
    warns: "no-server-copy",
  },
  "copying: 503 for good": {
    fault: { on: "duplicate", trouble: status(503), ...ALWAYS },
    requests: 5,
    refused: "hub-error",
  },
  "copying: the answer is lost": { fault: { on: "duplicate", trouble: reset("after") }, requests: 2 },
  "asking: 429 with Retry-After": {
    fault: { on: "preupload", trouble: status(429, { "retry-after": "7" }) },
    requests: 2,
    waits: 7000,
  },
  "asking: 401": {
    fault: { on: "preupload", trouble: status(401), ...ALWAYS },
    requests: 1,
    refused: "token-refused",
  },
  "batch: 503": { fault: { on: "batch", trouble: status(503) }, requests: 2 },
  "batch: a broken answer": { fault: { on: "batch", trouble: reset("midway") }, requests: 2 },
  "upload: 503": { fault: { on: "upload", path: SCALES_OBJECT, trouble: status(503) }, requests: 2 },
  "upload: a broken connection": {
    fault: { on: "upload", path: SCALES_OBJECT, trouble: reset("before") },
    requests: 2,
  },
  "upload: the answer is lost": {
    fault: { on: "upload", path: SCALES_OBJECT, trouble: reset("after") },
    requests: 2,
  },
  "upload: 403": {
    fault: { on: "upload", path: SCALES_OBJECT, trouble: status(403), ...ALWAYS },
    requests: 1,
    refused: "upload-refused",
  },
  "upload: 503 for good": {
    fault: { on: "upload", path: SCALES_OBJECT, trouble: status(503), ...ALWAYS },
    requests: 5,
    refused: "upload-refused",
  },
  "commit: 412": {
    fault: { on: "commit", trouble: status(412), ...ALWAYS },
    requests: 1,
    refused: "branch-changed",
  },
  "commit: 429": { fault: { on: "commit", trouble: status(429) }, requests: 2 },
  "commit: 503": { fault: { on: "commit", trouble: status(503) }, requests: 2 },
  "commit: 500 for good": {
    fault: { on: "commit", trouble: status(500), ...ALWAYS },
    requests: 5,
    refused: "hub-error",
  },
  "commit: a broken connection": { fault: { on: "commit", trouble: reset("before") }, requests: 2 },
  "commit: the answer is lost": { fault: { on: "commit", trouble: reset("after") }, requests: 1 },
  "commit: 400": {
    fault: { on: "commit", trouble: status(400), ...ALWAYS },
    requests: 1,
    refused: "hub-refused",
  },
  "pull request: 429": { fault: { on: "commit", trouble: status(429) }, requests: 2, target: PROPOSAL },
  "pull request: the answer is lost": {
    fault: { on: "commit", trouble: reset("after") },
    requests: 1,
    refused: "commit-unknown",
    made: true,
    target: PROPOSAL,
  },
  "reading back: 503": { fault: { on: "tree", skip: 1, trouble: status(503) }, requests: 3 },
  "reading back: 503 for good": {
    fault: { on: "tree", skip: 1, trouble: status(503), ...ALWAYS },
    requests: 6,
    warns: "not-read-back",
  },
};

describe.each(Object.entries(ROWS))("a push with trouble: %s", (_, row) => {
  it(row.refused === undefined ? "survives" : `is refused as ${row.refused}`, async () => {
    const hub = await prepared(row.target === PROPOSAL);
    const before = headOf(hub);
    const io = heardIo();
    const source = await sourceOn(hub, "org/base", io);
    hub.forget();
    hub.fault(row.fault);
    const waits: number[] = [];
    const sink = await sinkTo(hub, { ...row.target }, hasty(waits));
    const pushing = apply(samplePlan(), source, sink, io);
    if (row.refused === undefined) await pushing;
    else expect((await refusalOf(pushing)).code).toBe(row.refused);
    expect(hub.requests(row.fault.on).filter(({ path }) => row.fault.path?.test(path) ?? true).length).toBe(
      row.requests,
    );
    expect(hub.state.repositories.get("org/new")?.pulls ?? 0).toBe(
      row.target === PROPOSAL && made(row) ? 1 : 0,
    );
    expect(headOf(hub) !== before).toBe(made(row) && row.target !== PROPOSAL);
    if (made(row))
      expect(filesOn(hub, "org/new", row.target === PROPOSAL ? "refs/pr/1" : "main")).toEqual(mergedFiles());
    const warned = io.events.flatMap((event) => (event.type === "warning" ? [event.code] : []));
    // The plan puts one shard together anew, which is told before it is sent.
    expect(warned.filter((code) => code !== "uploads-weights")).toEqual(
      row.warns === undefined ? [] : [row.warns],
    );
    expect(Math.max(0, ...waits)).toBeGreaterThanOrEqual(row.waits ?? 0);
  });
});

it("says of a push that is refused that the Hub did not take it", async () => {
  const hub = await prepared(false);
  const io = heardIo();
  const source = await sourceOn(hub, "org/base", io);
  hub.fault({ on: "create", trouble: status(403) });
  const refusal = await refusalOf(apply(samplePlan(), source, await sinkTo(hub), io));
  expect(refusal.message).toMatch(/^org\/new: expected the Hub to take what is pushed, found no permission/);
});

describe("a push beside others", () => {
  it("refuses to overwrite what was committed since it looked", async () => {
    const hub = await prepared(true);
    const held = hub.fault({ on: "commit", trouble: { kind: "hold", when: "before" } });
    const io = heardIo();
    const source = await sourceOn(hub, "org/base", io);
    const pushing = refusalOf(sinkTo(hub).then((sink) => apply(samplePlan(), source, sink, io)));
    await held.reached;
    const theirs = hub.state.repositories.get("org/new")!.put("main", "theirs", { "config.json": "theirs" });
    held.release();
    expect((await pushing).code).toBe("branch-changed");
    expect(headOf(hub)).toBe(theirs.oid);
  });

  it("takes its own commit for its own, though it arrives after the branch was looked at", async () => {
    const hub = await prepared(true);
    const io = heardIo();
    const source = await sourceOn(hub, "org/base", io);
    hub.fault({ on: "commit", trouble: reset("before") });
    const late = () => {
      const files = Object.fromEntries(mergedFiles());
      return hub.state.repositories.get("org/new")!.put("main", "scales", files);
    };
    const sink = await sinkTo(hub, {}, { ...hasty(), sleep: async () => void late() });
    await apply(samplePlan(), source, sink, io);
    expect(sink.facts?.commit).toBe(headOf(hub));
    expect(hub.requests("commit").map(({ status: code }) => code)).toEqual([0, 412]);
  });

  it("does not take another's commit for its own when the answer is lost", async () => {
    const hub = await prepared(true);
    const io = heardIo();
    const source = await sourceOn(hub, "org/base", io);
    const lost = hub.fault({ on: "commit", trouble: reset("before") });
    const pushing = refusalOf(sinkTo(hub).then((sink) => apply(samplePlan(), source, sink, io)));
    await lost.reached;
    const theirs = hub.state.repositories.get("org/new")!.put("main", "theirs", { "config.json": "theirs" });
    expect((await pushing).code).toBe("branch-changed");
    expect(headOf(hub)).toBe(theirs.oid);
  });
});

describe("an interrupted push", () => {
  const held = [
    ["info", "before"],
    ["create", "before"],
    ["duplicate", "before"],
    ["preupload", "before"],
    ["batch", "before"],
    ["upload", "before"],
    ["upload", "after"],
  ] as const;

  it.each(held)("stops at once, whatever it waits for: %s, %s", async (on, when) => {
    const hub = await prepared(false);
    const io = heardIo();
    const source: CheckpointSource = await sourceOn(hub, "org/base", io);
    const fault = hub.fault({ on, trouble: { kind: "hold", when } });
    const pushing = apply(samplePlan(), source, await sinkTo(hub), io);
    await fault.reached;
    io.stop();
    await expect(pushing).rejects.toThrow(/abort/i);
    expect(filesOn(hub, "org/new").size).toBeLessThanOrEqual(1);
    expect(hub.requests("commit")).toEqual([]);
  });

  it("sends no commit when it is told to stop at the last moment before it", async () => {
    const hub = await prepared(false);
    const io = heardIo();
    const source = await sourceOn(hub, "org/base", io);
    const stopping: Io = {
      signal: io.signal,
      emit: (event) =>
        event.type === "phase" && event.name.startsWith("committing") ? io.stop() : undefined,
    };
    await expect(apply(samplePlan(), source, await sinkTo(hub), stopping)).rejects.toThrow(/abort/i);
    expect(hub.requests("commit")).toEqual([]);
  });

  it("lets a commit that is on its way come to its end", async () => {
    const hub = await prepared(false);
    const io = heardIo();
    const source = await sourceOn(hub, "org/base", io);
    const fault = hub.fault({ on: "commit", trouble: { kind: "hold", when: "before" } });
    const pushing = apply(samplePlan(), source, await sinkTo(hub), io);
    await fault.reached;
    io.stop();
    fault.release();
    await pushing;
    expect(filesOn(hub, "org/new")).toEqual(mergedFiles());
    expect(io.events).toContainEqual(expect.objectContaining({ type: "warning", code: "not-read-back" }));
  });

  it("does not send again what had arrived", async () => {
    const hub = await prepared(false);
    const io = heardIo();
    const source = await sourceOn(hub, "org/base", io);
    const fault = hub.fault({ on: "upload", path: SCALES_OBJECT, trouble: { kind: "hold", when: "before" } });
    const pushing = apply(samplePlan(), source, await sinkTo(hub), io);
    await fault.reached;
    const { objects } = hub.state.repositories.get("org/new")!;
    const shard = sha256Of(mergedFiles().get(SHARD_2)!);
    while (!objects.has(shard)) await new Promise((resolve) => setTimeout(resolve, 1));
    io.stop();
    await expect(pushing).rejects.toThrow(/abort/i);
    hub.forget();
    await apply(samplePlan(), source, await sinkTo(hub), heardIo());
    expect(filesOn(hub, "org/new")).toEqual(mergedFiles());
    expect(hub.requests("upload").length).toBe(1);
  });
});

/** A base in another repository, into which scales are merged: one shard is kept, two are sent. */
async function prepared(exists: boolean): Promise<FakeHub> {
  const hub = await hubForTest();
  hub.add("org/base", { files: Object.fromEntries(sampleFiles()) });
  if (exists) hub.add("org/new");
  return hub;
}

function made({ refused, made }: Row): boolean {
  return made ?? refused === undefined;
}

function headOf(hub: FakeHub): string | undefined {
  return hub.state.repositories.get("org/new")?.files().has("config.json")
    ? hub.state.repositories.get("org/new")?.find("main")?.oid
    : undefined;
}
