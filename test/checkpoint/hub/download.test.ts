import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { apply } from "../../../src/checkpoint/apply.js";
import type { LinkMode } from "../../../src/checkpoint/keeping.js";
import { localSink } from "../../../src/checkpoint/local-sink.js";
import { openRef } from "../../../src/checkpoint/open.js";
import type { Plan } from "../../../src/plan/plan.js";
import { gitOid } from "../../support/hub/content.js";
import { type FakeHub, sparseContent } from "../../support/hub/hub.js";
import { refusalOf } from "../refusals.js";
import {
  mergedFiles,
  REPOSITORY,
  SHARD_1,
  SHARD_2,
  sampleFiles,
  samplePlan,
  writeHubCache,
} from "../sample.js";
import { type HeardIo, heardIo, readTree, scratchFolder } from "../scratch.js";
import { choicesFor, testHub, testServer } from "./reading.js";

const files = sampleFiles();

interface Run {
  readonly out: string;
  readonly hub: Pick<FakeHub, "endpoint">;
  readonly io?: HeardIo;
  readonly env?: NodeJS.ProcessEnv;
  readonly plan?: Plan;
  readonly link?: LinkMode;
  readonly ref?: string;
}

/** Carries the sample's plan out from the Hub into a directory. */
async function written({
  out,
  hub,
  io = heardIo(),
  env = {},
  plan = samplePlan(),
  link = "auto",
  ref = "org/name",
}: Run) {
  const source = await openRef(ref, io, choicesFor(hub.endpoint, env));
  const sink = await localSink({ path: out, link, force: false, fsync: false }, [source], io);
  await apply(plan, source, sink, io);
  return sink.tally;
}

/** A file of this size, and a plan that keeps it. */
function keeping(size: number) {
  const content = sparseContent(size, [[0, Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d)]]);
  const plan: Plan = {
    steps: [{ step: "keep", path: "weights.bin", as: "weights.bin", size }],
    losses: [],
    warnings: [],
  };
  return { content, plan };
}

const BIG = 8_000_000;

describe("a checkpoint on the Hub, written into a directory", () => {
  it("is fetched file by file, each once, and leaves nothing beside the output", async () => {
    const hub = await testHub();
    hub.add("org/name", { files: Object.fromEntries(files) });
    const folder = await scratchFolder();
    await written({ out: join(folder, "out"), hub });
    expect(await readTree(join(folder, "out"))).toEqual(mergedFiles());
    expect(await readdir(folder)).toEqual(["out"]);
    const fetched = hub.requests("resolve").map(({ path }) => path.split("/").at(-1));
    expect(fetched.length).toBe(new Set(fetched).size);
  });

  it("is checked against the hashes that the Hub lists: a wrong file is refused, and none is left", async () => {
    const hub = await testHub();
    const { content, plan } = keeping(BIG);
    const wrong = { ...content, read: (begin: number, end: number) => content.read(begin, end).fill(7) };
    hub.add("org/name", { files: { "weights.bin": wrong } });
    const folder = await scratchFolder();
    const refusal = await refusalOf(written({ out: join(folder, "out"), hub, plan }));
    expect([refusal.exit, refusal.code, refusal.subject.file]).toEqual([
      "environment",
      "wrong-contents",
      "org/name/weights.bin",
    ]);
    expect(await readdir(join(folder, ".out.kvscale-download"))).toEqual([]);
    expect(await readdir(folder)).toEqual([".out.kvscale-download"]);
    expect(hub.requests("object")).toHaveLength(1);
  });

  it("goes on amid a file when the connection breaks, as often as there is progress", async () => {
    const bytes = Buffer.from(Array.from({ length: 9000 }, (_, at) => at % 251));
    const asked: (string | undefined)[] = [];
    const origin = await testServer(({ url = "", headers }, response) => {
      if (url.includes("/revision/")) return void response.end(JSON.stringify({ sha: "1".repeat(40) }));
      if (url.includes("/tree/")) return void response.end(JSON.stringify([listed("weights.bin", bytes)]));
      asked.push(headers.range);
      const begin = Number(/\d+/.exec(headers.range ?? "0")?.[0]);
      const range = begin === 0 ? {} : { "content-range": `bytes ${begin}-8999/9000` };
      response.writeHead(begin === 0 ? 200 : 206, { ...range, "content-length": 9000 - begin });
      response.write(bytes.subarray(begin, begin + 1000), () => response.socket?.end());
    });
    const { plan } = keeping(9000);
    const folder = await scratchFolder();
    await written({ out: join(folder, "out"), hub: { endpoint: origin }, plan });
    expect(asked).toEqual([undefined, ...[1, 2, 3, 4, 5, 6, 7, 8].map((at) => `bytes=${at}000-8999`)]);
    expect(bytes.equals(await readFile(join(folder, "out/weights.bin")))).toBe(true);
  });

  it("goes on in the next run where an interruption stopped the last", async () => {
    const hub = await testHub();
    const { content, plan } = keeping(BIG);
    hub.add("org/name", { files: { "weights.bin": content } });
    const fault = hub.fault({ on: "object", trouble: { kind: "stall" } });
    const folder = await scratchFolder();
    const io = heardIo();
    const emit = (event: HeardIo["events"][number]) => {
      io.emit(event);
      if (event.type === "file" && event.bytes >= BIG / 2) io.stop();
    };
    await expect(written({ out: join(folder, "out"), hub, plan, io: { ...io, emit } })).rejects.toMatchObject(
      { name: "AbortError" },
    );
    expect([fault.met, await readdir(folder)]).toEqual([1, [".out.kvscale-download"]]);
    hub.forget();
    hub.clearFaults();
    await written({ out: join(folder, "out"), hub, plan });
    const [request] = hub.requests("object");
    expect(request!.range).toBe(`bytes=${BIG / 2}-${BIG - 1}`);
    expect(request!.bytesOut).toBe(BIG / 2);
    expect(Buffer.from(content.read(0, BIG)).equals(await readFile(join(folder, "out/weights.bin")))).toBe(
      true,
    );
    expect(await readdir(folder)).toEqual(["out"]);
  });

  it("starts anew where what an earlier run left is not the beginning of the file", async () => {
    const hub = await testHub();
    const { content, plan } = keeping(BIG);
    hub.add("org/name", { files: { "weights.bin": content } });
    const folder = await scratchFolder();
    await mkdir(join(folder, ".out.kvscale-download"));
    await writeFile(
      join(folder, ".out.kvscale-download", `${content.sha256}.part`),
      new Uint8Array(1000).fill(9),
    );
    await written({ out: join(folder, "out"), hub, plan });
    expect(Buffer.from(content.read(0, BIG)).equals(await readFile(join(folder, "out/weights.bin")))).toBe(
      true,
    );
    expect(hub.requests("object").map(({ range }) => range)).toEqual([`bytes=1000-${BIG - 1}`, undefined]);
  });

  it("keeps what it fetched when something fails afterwards", async () => {
    const hub = await testHub();
    hub.add("org/name", { files: Object.fromEntries(files) });
    const plan = samplePlan();
    const broken = {
      ...plan,
      steps: plan.steps.map((step) =>
        step.step === "write" && step.path.endsWith(".json") ? { ...step, bytes: Buffer.from("{") } : step,
      ),
    };
    const folder = await scratchFolder();
    await refusalOf(written({ out: join(folder, "out"), hub, plan: broken }));
    hub.forget();
    await written({ out: join(folder, "out"), hub });
    expect(await readTree(join(folder, "out"))).toEqual(mergedFiles());
    expect(hub.requests("object")).toEqual([]);
  });

  it("takes what the cache has from there, and fetches only the rest", async () => {
    const hub = await testHub();
    hub.add("org/name", { files: Object.fromEntries(files) });
    const cache = await scratchFolder();
    await writeHubCache(cache, new Map([[SHARD_1, files.get(SHARD_1)!]]));
    const { sha256 } = hub.state.repositories.get("org/name")!.files().get(SHARD_1)!.content;
    await mkdir(join(cache, REPOSITORY, "blobs"), { recursive: true });
    await writeFile(join(cache, REPOSITORY, "blobs", sha256), files.get(SHARD_1)!);
    const folder = await scratchFolder();
    const tally = await written({
      out: join(folder, "out"),
      hub,
      env: { HF_HUB_CACHE: cache },
      link: "hardlink",
    });
    expect(await readTree(join(folder, "out"))).toEqual(mergedFiles());
    expect(tally.shared).toBe(files.get(SHARD_1)!.length);
    const fetched = hub.requests("resolve").map(({ path }) => path.split("/").at(-1));
    expect(fetched).not.toContain(SHARD_1);
    expect(fetched).toContain(SHARD_2);
  });

  it("is refused before the first byte where the disk has no room", async () => {
    const hub = await testHub();
    const { content, plan } = keeping(2 ** 50);
    hub.add("org/name", { files: { "weights.bin": content } });
    const folder = await scratchFolder();
    const refusal = await refusalOf(written({ out: join(folder, "out"), hub, plan }));
    expect(refusal.code).toBe("no-space");
    expect([hub.requests("resolve"), await readdir(folder)]).toEqual([[], []]);
  });

  it("tells how far each file has come, and where downloads go when they are long", async () => {
    const hub = await testHub();
    const { content, plan } = keeping(70_000_000);
    hub.add("org/name", {
      files: { "weights.bin": { ...content, sha256: await sha256Of(content.read(0, 70_000_000)) } },
    });
    const folder = await scratchFolder();
    const io = heardIo();
    await written({ out: join(folder, "out"), hub, plan, io });
    const told = io.events.flatMap((event) => (event.type === "file" ? [event.bytes] : []));
    expect(told.length).toBeGreaterThan(10);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(70_000_000);
    expect(io.events).toContainEqual({
      type: "note",
      message: expect.stringContaining(".out.kvscale-download"),
    });
  });
});

async function sha256Of(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
}

/** A small file as the tree lists it. */
function listed(path: string, bytes: Uint8Array) {
  return { type: "file", path, size: bytes.length, oid: gitOid(bytes) };
}
