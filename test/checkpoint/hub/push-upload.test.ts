import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { apply } from "../../../src/checkpoint/apply.js";
import { hubClient } from "../../../src/checkpoint/hub/open-hub.js";
import { ReadBlob } from "../../../src/checkpoint/hub/push-blob.js";
import { sendOnce } from "../../../src/checkpoint/hub/push-fetch.js";
import { memorySource } from "../../../src/checkpoint/memory.js";
import type { ByteRange } from "../../../src/checkpoint/source.js";
import type { Plan } from "../../../src/plan/plan.js";
import { sha256Of } from "../../support/hub/content.js";
import type { FakeHub } from "../../support/hub/hub.js";
import { mergedFiles, sampleFiles, samplePlan, tensorFile } from "../sample.js";
import { heardIo } from "../scratch.js";
import { envOf, filesOn, hasty, hubForTest, sinkTo } from "./publishing.js";

describe("a blob whose bytes are read when they are wanted", () => {
  const bytes = Uint8Array.from({ length: 2_500_000 }, (_, at) => at % 251);
  const made = (reads: ByteRange[] = [], heard: number[] = []) =>
    new ReadBlob({
      size: bytes.length,
      heard: (count) => void heard.push(count),
      read: async (range) => {
        reads.push(range);
        return bytes.subarray(...range);
      },
    });

  it("is a Blob with the same bytes, whole and in slices", async () => {
    const blob = made();
    expect([blob instanceof Blob, blob.size]).toEqual([true, bytes.length]);
    expect(same(await blob.arrayBuffer(), bytes)).toBe(true);
    for (const [from, to] of [
      [0, 5],
      [10, 20],
      [-5, undefined],
      [2_499_999, 9_999_999],
      [7, 3],
    ] as const) {
      const slice = blob.slice(from, to);
      expect(same(await slice.arrayBuffer(), bytes.slice(from, to === 3 ? from : to))).toBe(true);
      expect(slice.slice(1, 3).size).toBe(Math.min(2, Math.max(0, slice.size - 1)));
    }
    expect(await made().slice(0, 0).text()).toBe("");
  });

  it("streams a MiB at a time, as it is asked to", async () => {
    const [reads, heard]: [ByteRange[], number[]] = [[], []];
    const chunks: Uint8Array[] = [];
    for await (const chunk of made(reads, heard).slice(100).stream()) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(bytes.subarray(100))).toBe(true);
    expect(Math.max(...reads.map(([begin, end]) => end - begin))).toBe(1024 * 1024);
    expect(heard.at(-1)).toBe(bytes.length);
  });

  it("is sent by fetch with its length, so that storage takes it", async () => {
    const received = await new Promise<{ length: string | undefined; size: number }>((resolve) => {
      const server = createServer(async (request, response) => {
        let size = 0;
        for await (const chunk of request) size += (chunk as Buffer).length;
        response.end();
        resolve({ length: request.headers["content-length"], size });
      });
      onTestFinished(() => void server.close());
      server.listen(0, "127.0.0.1", async () => {
        const { port } = server.address() as AddressInfo;
        await fetch(`http://127.0.0.1:${port}/`, { method: "PUT", body: made() });
      });
    });
    expect(received).toEqual({ length: String(bytes.length), size: bytes.length });
  });
});

describe("the library's traps", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("an aborted signal is looked at before anything is asked", async () => {
    const hub = await hubForTest();
    hub.add("org/new");
    const sink = await sinkTo(hub);
    const io = heardIo();
    const source = memorySource("sample", sampleFiles());
    await sink.begin(samplePlan(), source, io);
    await sink.write("a.txt", new Uint8Array(3));
    io.stop();
    await expect(sink.commit(io)).rejects.toThrow(/abort/i);
    expect(hub.requests().filter(({ method }) => method !== "GET")).toEqual([]);
  });

  it("nothing is printed", async () => {
    const printed = ["debug", "info", "log", "warn", "error"] as const;
    const spies = printed.map((name) => vi.spyOn(console, name).mockImplementation(() => {}));
    const hub = await hubForTest();
    await apply(samplePlan(), memorySource("sample", sampleFiles()), await sinkTo(hub), heardIo());
    expect(spies.map((spy) => spy.mock.calls)).toEqual(printed.map(() => []));
  });

  it("large objects go by parts, each tried again, and come back whole", async () => {
    const hub = await hubForTest({ partSize: 400_000 });
    const large = tensorFile({ weight: Array.from({ length: 1_000_000 }, (_, at) => at % 256) });
    hub.fault({ on: "upload", skip: 1, trouble: { kind: "status", status: 503 } });
    const plan: Plan = {
      steps: [{ step: "keep", path: "model.safetensors", as: "model.safetensors", size: large.length }],
      losses: [],
      warnings: [],
    };
    const files = new Map([["model.safetensors", large]]);
    await apply(plan, memorySource("large", files), await sinkTo(hub), heardIo());
    expect(hub.requests("upload").length).toBe(4);
    expect(same(filesOn(hub, "org/new").get("model.safetensors")!, large)).toBe(true);
  });

  it("progress is told to the end of every file", async () => {
    const hub = await hubForTest();
    const io = heardIo();
    await apply(samplePlan(), memorySource("sample", sampleFiles()), await sinkTo(hub), io);
    const told = io.events.flatMap((event) => (event.type === "file" ? [event] : []));
    const shards = [...mergedFiles().keys()].filter((path) => path.endsWith(".safetensors"));
    for (const path of shards) {
      const last = told.filter((event) => event.path === path).at(-1);
      expect(last?.bytes).toBe(last?.total);
    }
  });

  it("the token goes to the Hub's own origin, never to storage or the library", async () => {
    const hub = await hubForTest();
    await apply(samplePlan(), memorySource("sample", sampleFiles()), await sinkTo(hub), heardIo());
    expect(new Set(hub.requests("upload").map(({ authorized }) => authorized))).toEqual(new Set([false]));
    expect(hub.requests("commit").map(({ user }) => user)).toEqual(["writer"]);
  });

  it("a slow upload is not a stalled one", async () => {
    const hub = await hubForTest();
    const { fetch, parts } = await patientParts(hub, 1000);
    const bytes = new Uint8Array(6 * 1024 * 1024);
    const read = async ([begin, end]: ByteRange) => {
      await new Promise((resolve) => setTimeout(resolve, 250));
      return bytes.subarray(begin, end);
    };
    const body = new ReadBlob({ size: bytes.length, heard: () => {}, read });
    hub.add("org/new");
    const url = `${hub.objectOrigin}/upload/org/new/${sha256Of(bytes)}`;
    const sent = await sendOnce({ ...parts, fetch }, url, { method: "PUT", body });
    expect(sent.status).toBe(200);
  });

  it("a stalled upload is given up, to be tried again", async () => {
    const hub = await hubForTest();
    const { fetch, parts } = await patientParts(hub, 200);
    hub.fault({ on: "upload", trouble: { kind: "hold", when: "before" } });
    const url = `${hub.objectOrigin}/upload/org/new/${sha256Of(new Uint8Array(3))}`;
    const sent = sendOnce({ ...parts, fetch }, url, { method: "PUT", body: "abc" });
    await expect(sent).rejects.toMatchObject({ name: "Passing", refusal: { code: "hub-stalled" } });
  });

  it("identical files are sent and kept as what they are", async () => {
    const hub = await hubForTest();
    const twin = tensorFile({ a: [1, 2, 3] });
    const steps = ["a.safetensors", "b.safetensors"].map(
      (path) => ({ step: "write", path, bytes: twin, why: "" }) as const,
    );
    await apply(
      { steps, losses: [], warnings: [] },
      memorySource("none", new Map()),
      await sinkTo(hub),
      heardIo(),
    );
    for (const { path } of steps) expect(filesOn(hub, "org/new").get(path)).toEqual(twin);
  });
});

async function patientParts(hub: FakeHub, stallAfter: number) {
  const { client, settings } = await hubClient({ env: envOf(hub), patience: hasty() });
  const base = {
    settings,
    token: client.token,
    patience: hasty(),
    repository: "org/new",
    io: heardIo(),
    stallAfter,
  };
  return { fetch, parts: base };
}

/** Comparing millions of elements one by one takes the test library half a minute. */
function same(found: ArrayBuffer | Uint8Array, bytes: Uint8Array): boolean {
  return Buffer.from(new Uint8Array(found)).equals(bytes);
}
