import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { openRef } from "../../../src/checkpoint/open.js";
import { readInventory } from "../../../src/checkpoint/read-inventory.js";
import { readShards } from "../../../src/checkpoint/read-shards.js";
import type { CheckpointSource } from "../../../src/checkpoint/source.js";
import { serialize } from "../../../src/tensors/layout.js";
import { gitOid } from "../../support/hub/content.js";
import { type FakeHub, sparseContent, TOKENS } from "../../support/hub/hub.js";
import { fp8Model, LLAMA_70B, TINY } from "../../support/hub/large-model.js";
import { refusalOf } from "../refusals.js";
import { REPOSITORY, SHARD_1, sampleFiles, writeHubCache } from "../sample.js";
import { type HeardIo, heardIo, scratchFolder } from "../scratch.js";
import { choicesFor, impatient, reading, testHub, testServer } from "./reading.js";

const shardsOf = async (source: CheckpointSource, { signal }: HeardIo) => readShards(source, signal);
const asked = (hub: FakeHub) => hub.requests().map(({ operation }) => operation);

describe("a checkpoint on the Hub", () => {
  it("is resolved once, listed once, and read at that commit although its branch moves", async () => {
    const hub = await testHub();
    const repository = hub.add("org/model", { files: Object.fromEntries(sampleFiles()) });
    const before = repository.refs.get("refs/heads/main")!;
    const io = heardIo();
    const source = await openRef("org/model", io, choicesFor(hub.endpoint));
    repository.put("main", "later", { "config.json": "{}" });
    const [config] = await source.read("config.json", [[0, 24]], io.signal);
    expect(config).toEqual(sampleFiles().get("config.json"));
    await source.read("config.json", [[0, 3]], io.signal);
    expect(hub.requests().map(({ path }) => path.replace(before, "COMMIT"))).toEqual([
      "/api/models/org/model/revision/main",
      "/api/models/org/model/tree/COMMIT?recursive=true&expand=false",
      "/org/model/resolve/COMMIT/config.json",
    ]);
  });

  it.each(["v1", "refs/pr/7", "feature/a b"])("is opened at the revision %s", async (revision) => {
    const hub = await testHub();
    const repository = hub.add("org/model", { files: { "config.json": "{}" } });
    const name = revision.startsWith("refs/") ? revision : `refs/heads/${revision}`;
    repository.refs.set(name, repository.put("other", "other", { "config.json": "[1]" }).oid);
    const read = (source: CheckpointSource, { signal }: HeardIo) =>
      source.read("config.json", [[0, 3]], signal);
    const [bytes] = await reading(hub.endpoint, read, { ref: `hf://org/model@${revision}` });
    expect(Buffer.from(bytes!).toString()).toBe("[1]");
  });

  it("needs no resolving where the commit is named", async () => {
    const hub = await testHub();
    const commit = hub
      .add("org/model", { files: Object.fromEntries(sampleFiles()) })
      .refs.get("refs/heads/main");
    await reading(hub.endpoint, shardsOf, { ref: `org/model@${commit}` });
    expect(asked(hub)).not.toContain("info");
  });

  it("is listed page after page", async () => {
    const hub = await testHub({ pageSize: 2 });
    hub.add("org/model", { files: Object.fromEntries(sampleFiles()) });
    const files = await reading(hub.endpoint, (source, { signal }) => source.list(signal));
    expect(files.map(({ path, size }) => [path, size])).toEqual(
      [...sampleFiles()].map(([path, bytes]) => [path, bytes.length]).sort(),
    );
    expect(hub.requests("tree").length).toBeGreaterThan(3);
  });

  it("works behind a path of HF_ENDPOINT", async () => {
    const hub = await testHub({ prefix: "/proxy/hub" });
    hub.add("org/model", { files: Object.fromEntries(sampleFiles()) });
    expect((await reading(hub.endpoint, shardsOf)).shards).toHaveLength(2);
    expect(hub.endpoint).toMatch(/\/proxy\/hub$/);
  });

  it("needs two requests and less than 200 kB of a shard of 70B, beyond its header", async () => {
    const hub = await testHub();
    hub.add("org/model", { files: fp8Model({ ...LLAMA_70B, layers: 16, shards: 6 }) });
    const inventory = await reading(hub.endpoint, readInventory);
    expect(inventory.table.entries).toHaveLength(32);
    for (const { path, header } of inventory.shards) {
      const object = hub.requests().filter((entry) => entry.path.includes(path));
      expect(object.map(({ operation }) => operation)).toEqual(["resolve"]);
      expect(header.dataStart).toBeGreaterThan(0);
    }
    const objects = hub.requests("object");
    expect(objects).toHaveLength(6);
    for (const { bytesOut } of objects) expect(bytesOut).toBeLessThan(200_000);
  });

  it("takes scales that lie far apart with few requests, and close ones with one", async () => {
    const tensors = (gap: number) =>
      serialize(
        Array.from({ length: 6 }, (_, at) => [
          { name: `l.${at}.a_weight`, dtype: "U8" as const, shape: [gap], bytes: new Uint8Array(gap) },
          { name: `l.${at}.z`, dtype: "U8" as const, shape: [2], bytes: Uint8Array.of(at, at) },
        ]).flat(),
        new Map(),
      );
    const requestsFor = async (gap: number) => {
      const hub = await testHub();
      hub.add("org/model", { files: { "model.safetensors": tensors(gap) } });
      await reading(hub.endpoint, async (source, { signal }) => {
        const [shard] = (await readShards(source, signal)).shards;
        hub.forget();
        const wanted = [...shard!.header.tensors.values()].filter(({ end, begin }) => end - begin === 2);
        const bytes = await source.read(
          shard!.path,
          wanted.map(({ begin, end }) => [begin, end] as const),
          signal,
        );
        expect(bytes.map(([byte]) => byte)).toEqual([0, 1, 2, 3, 4, 5]);
      });
      return hub.requests("object").length;
    };
    expect([await requestsFor(1000), await requestsFor(40_000), await requestsFor(400_000)]).toEqual([
      0, 2, 6,
    ]);
  });

  it.each([99_994, 99_995, 99_999, 100_000, 131_064, 131_065, 60_000_000])(
    "may have a header of %d bytes",
    async (length) => {
      const hub = await testHub();
      hub.add("org/model", { files: { "model.safetensors": withHeader(length) } });
      await reading(hub.endpoint, async (source, { signal }) => {
        const [shard] = (await readShards(source, signal)).shards;
        expect(shard!.header.tensors.get("w")).toMatchObject({ dtype: "U8" });
        const sent = hub.requests("object").reduce((sum, { bytesOut }) => sum + bytesOut, 0);
        expect(sent).toBe(Math.max(Math.min(131_072, length + 8 + 200_000), length + 8));
        hub.forget();
        await readShards(source, signal);
        expect(hub.requests()).toEqual([]);
      });
    },
    20_000,
  );

  it("is refused where a file's contents are not those of the list", async () => {
    const hub = await testHub();
    const repository = hub.add("org/model", { files: { "config.json": '{"a": 1}' } });
    const io = heardIo();
    const source = await openRef("org/model", io, choicesFor(hub.endpoint));
    const commit = repository.find("main")!;
    const other = { content: sparseContent(8, []), lfs: false };
    repository.commits.set(commit.oid, { ...commit, files: new Map([["config.json", other]]) });
    const refusal = await refusalOf(source.read("config.json", [[0, 8]], io.signal));
    expect([refusal.exit, refusal.code, refusal.subject.file]).toEqual([
      "environment",
      "wrong-contents",
      "org/model/config.json",
    ]);
  });
});

describe("what the Hub does not give", () => {
  const cases: [string, string, string | undefined, string, string][] = [
    [
      "a private repository, without a token",
      "org/private",
      undefined,
      "repository-private",
      "hf auth login",
    ],
    [
      "a private repository, with another's token",
      "org/private",
      TOKENS.stranger,
      "repository-missing",
      "HF_TOKEN",
    ],
    ["a gated repository, without a token", "org/gated", undefined, "repository-gated", "org/gated"],
    [
      "a gated repository, with another's token",
      "org/gated",
      TOKENS.stranger,
      "repository-gated",
      "Accept its conditions",
    ],
    ["a missing repository, without a token", "org/none", undefined, "repository-private", "spelling"],
    ["a missing repository", "org/none", TOKENS.reader, "repository-missing", "spelling"],
    ["a missing revision", "org/model@v9", TOKENS.reader, "revision-missing", "tree/main"],
    ["a missing commit", `org/model@${"0".repeat(40)}`, TOKENS.reader, "revision-missing", "tree/main"],
    ["anything to a token that is not valid", "org/model", "hf_invalid", "token-refused", "HF_TOKEN"],
  ];
  it.each(cases)("is told apart: %s", async (_, ref, token, code, remedy) => {
    const hub = await testHub();
    hub.add("org/model", { files: { "config.json": "{}" } });
    hub.add("org/private", { private: true, files: { "config.json": "{}" } });
    hub.add("org/gated", { gatedFor: ["someone"], files: { "config.json": "{}" } });
    const env = token === undefined ? {} : { HF_TOKEN: token };
    const read = (source: CheckpointSource, { signal }: HeardIo) =>
      source.read("config.json", [[0, 2]], signal);
    const refusal = await refusalOf(reading(hub.endpoint, read, { ref, env }));
    expect([refusal.exit, refusal.code]).toEqual(["environment", code]);
    expect(refusal.remedy).toContain(remedy);
    expect(refusal.message).toContain(ref.split("@")[0]!);
    expect(new Set(hub.requests().map(({ path }) => path)).size).toBe(hub.requests().length);
  });

  it("includes a file that has gone", async () => {
    const hub = await testHub();
    const repository = hub.add("org/model", { files: { "config.json": "{}" } });
    const io = heardIo();
    const source = await openRef("org/model", io, choicesFor(hub.endpoint));
    const commit = repository.find("main")!;
    repository.commits.set(commit.oid, { ...commit, files: new Map() });
    expect((await refusalOf(source.read("config.json", [[0, 2]], io.signal))).code).toBe("hub-file-missing");
    expect((await refusalOf(source.read("other.json", [[0, 2]], io.signal))).code).toBe("file-missing");
  });

  it("is told at once where there is no such host, and after tries where it refuses connections", async () => {
    const none = await refusalOf(reading("http://no-such-host.invalid", shardsOf));
    expect([none.code, none.message.includes("no such host") || none.message.includes("EAI_AGAIN")]).toEqual([
      "hub-unreachable",
      true,
    ]);
    const refusal = await refusalOf(reading("http://127.0.0.1:1", shardsOf));
    expect([refusal.exit, refusal.code]).toEqual(["environment", "hub-unreachable"]);
  });

  const refused = (code: string) =>
    Promise.reject(new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) }));

  it.each(["ECONNREFUSED", "EAI_AGAIN", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"])(
    "is told after one more try where nothing ever answered, with a word about the path: %s",
    async (code) => {
      const patience = impatient();
      const around = { ...choicesFor("http://hub.test"), patience, fetch: () => refused(code) };
      const refusal = await refusalOf(openRef("my/modle", heardIo(), around));
      expect([refusal.code, refusal.message]).toEqual(["hub-unreachable", expect.stringContaining(code)]);
      expect(refusal.remedy).toMatch(/^Nothing on this machine has that path, so the Hub was asked\. Check/);
      expect(patience.slept).toHaveLength(1);
      expect((await refusalOf(openRef("hf://my/modle", heardIo(), around))).remedy).toMatch(/^Check/);
    },
  );

  it("is tried five times where connections break, and where they fail after an answer", async () => {
    const patience = impatient();
    const broken = { ...choicesFor("http://hub.test"), patience, fetch: () => refused("ECONNRESET") };
    expect((await refusalOf(openRef("org/model", heardIo(), broken))).code).toBe("hub-unreachable");
    expect(patience.slept).toHaveLength(4);
    const revision = Response.json({ sha: "1".repeat(40) });
    const fetch = async (url: unknown) =>
      String(url).includes("/revision/") ? revision : refused("ECONNREFUSED");
    const later = { ...choicesFor("http://hub.test"), patience, fetch: fetch as typeof globalThis.fetch };
    expect((await refusalOf(openRef("org/model", heardIo(), later))).code).toBe("hub-unreachable");
    expect(patience.slept).toHaveLength(8);
  });

  it.each([
    ["an HTML page", { "content-type": "text/html" }, "<html>Log in</html>", "an HTML page"],
    ["no commit", {}, '{"sha": "main"}', "40 hexadecimal digits"],
    ["no object", {}, "null", "40 hexadecimal digits"],
  ])("is named when %s comes in place of a revision", async (_, headers, body, words) => {
    const origin = await testServer((_request, response) => void response.writeHead(200, headers).end(body));
    const refusal = await refusalOf(reading(origin, shardsOf));
    expect([refusal.exit, refusal.code]).toEqual(["environment", "unexpected-answer"]);
    expect(refusal.message).toContain(words);
  });

  const entry = (path: unknown, more = {}) => ({ type: "file", path, size: 1, oid: "1".repeat(40), ...more });
  it.each([
    ["a path that leaves its directory", [entry("../x")], "path-escapes"],
    ["a path from the root", [entry("/etc/passwd")], "path-escapes"],
    ["no path", [entry(7)], "unexpected-answer"],
    ["a negative size", [entry("x", { size: -1 })], "unexpected-answer"],
    ["no hash", [entry("x", { oid: "../../y" })], "unexpected-answer"],
    ["no list", { entries: [] }, "unexpected-answer"],
  ])("includes a list with %s", async (_, list, code) => {
    const origin = await testServer((_request, response) => void response.end(JSON.stringify(list)));
    expect((await refusalOf(reading(origin, shardsOf, { ref: `o/m@${"0".repeat(40)}` }))).code).toBe(code);
  });

  it.each([
    ["http://127.0.0.1:1/next", "an address elsewhere"],
    ["?same", "a circle"],
  ])("includes a next page at %s", async (next, words) => {
    const link = `<${next}>; rel="next"`;
    const origin = await testServer((_request, response) => void response.writeHead(200, { link }).end("[]"));
    const refusal = await refusalOf(reading(origin, shardsOf, { ref: `o/m@${"0".repeat(40)}` }));
    expect([refusal.code, refusal.message]).toEqual(["unexpected-answer", expect.stringContaining(words)]);
  });

  it("keeps its words to itself where they repeat the token", async () => {
    const echo = { "x-error-code": "RepoNotFound", "x-error-message": "no access for hf_echoed1234" };
    const origin = await testServer((_request, response) => void response.writeHead(404, echo).end());
    const refusal = await refusalOf(reading(origin, shardsOf, { env: { HF_TOKEN: "hf_echoed1234" } }));
    expect(refusal.message).toContain("no access for hf_***");
    expect(JSON.stringify([refusal.message, refusal.remedy, refusal.stack])).not.toContain("hf_echoed1234");
  });
});

describe("the local Hub cache beside the Hub", () => {
  const files = sampleFiles();

  it("of a download is read with no request for its files", async () => {
    const hub = await testHub();
    const commit = hub.add("org/name", { files: Object.fromEntries(files) }).refs.get("refs/heads/main")!;
    const cache = await scratchFolder();
    await writeHubCache(cache, files);
    await rm(join(cache, REPOSITORY, "refs"), { recursive: true });
    await symlink(
      join(cache, REPOSITORY, "snapshots/0123456789abcdef0123456789abcdef01234567"),
      join(cache, REPOSITORY, "snapshots", commit),
    );
    await reading(
      hub.endpoint,
      async (source, { signal }) => {
        expect((await readShards(source, signal)).shards).toHaveLength(2);
        expect(await source.locate(SHARD_1)).toContain(join(cache, REPOSITORY, "blobs"));
      },
      { ref: "org/name", env: { HF_HUB_CACHE: cache } },
    );
    expect(asked(hub)).toEqual(["info", "tree"]);
  });

  it("gives a file of another commit by its hash, and one of another repository by its Xet hash", async () => {
    const hub = await testHub();
    const repository = hub.add("org/name", { files: Object.fromEntries(files) });
    const cache = await scratchFolder();
    const put = async (path: string, bytes: Uint8Array) => {
      await mkdir(dirname(join(cache, path)), { recursive: true });
      await writeFile(join(cache, path), bytes);
    };
    const { sha256, xetHash } = repository.files().get(SHARD_1)!.content;
    await put(`${REPOSITORY}/blobs/${gitOid(files.get("config.json")!)}`, files.get("config.json")!);
    await put(`blobs/${xetHash.slice(0, 2)}/${xetHash}`, files.get(SHARD_1)!);
    const read = (io: HeardIo) => openRef("org/name", io, choicesFor(hub.endpoint, { HF_HUB_CACHE: cache }));
    const source = await read(heardIo());
    hub.forget();
    expect(await source.read("config.json", [[0, 5]], heardIo().signal)).toEqual([
      files.get("config.json")!.slice(0, 5),
    ]);
    expect(await source.locate(SHARD_1)).toBe(join(cache, "blobs", xetHash.slice(0, 2), xetHash));
    expect(asked(hub)).toEqual([]);
    await put(`${REPOSITORY}/blobs/${sha256}`, files.get(SHARD_1)!.slice(1));
    expect(await (await read(heardIo())).locate(SHARD_1)).toContain(xetHash);
  });

  it("does not lead out of itself", async () => {
    const hub = await testHub();
    const commit = hub.add("org/name", { files: { "config.json": "{}" } }).refs.get("refs/heads/main")!;
    const [cache, outside] = [await scratchFolder(), await scratchFolder()];
    await writeFile(join(outside, "x"), "[]");
    await mkdir(join(cache, REPOSITORY, "snapshots", commit), { recursive: true });
    await symlink(join(outside, "x"), join(cache, REPOSITORY, "snapshots", commit, "config.json"));
    const source = await openRef("org/name", heardIo(), choicesFor(hub.endpoint, { HF_HUB_CACHE: cache }));
    expect(await source.locate("config.json")).toBeUndefined();
  });

  it("spares the listing too, where a download left one", async () => {
    const hub = await testHub();
    const repository = hub.add("org/name", { files: fp8Model(TINY) });
    const commit = repository.refs.get("refs/heads/main")!;
    const cache = await scratchFolder();
    const listed = [...repository.files()].map(([path, { content, lfs }]) => {
      const { size, sha256, xetHash } = content;
      const large = lfs ? { lfs_sha256: sha256, lfs_size: size, xet_hash: xetHash } : {};
      return [path, { size, blob_id: lfs ? "0".repeat(40) : gitOid(content.read(0, size)), ...large }];
    });
    await mkdir(join(cache, REPOSITORY, "trees"), { recursive: true });
    const tree = join(cache, REPOSITORY, "trees", `${commit}.json`);
    await writeFile(tree, JSON.stringify({ format_version: 1, files: Object.fromEntries(listed) }));
    const env = { HF_HUB_CACHE: cache };
    expect((await reading(hub.endpoint, shardsOf, { ref: "org/name", env })).shards).toHaveLength(2);
    expect(asked(hub)).not.toContain("tree");
    for (const text of [
      "{",
      "null",
      '{"format_version":2,"files":{}}',
      '{"format_version":1,"files":{"x":{}}}',
    ]) {
      await writeFile(tree, text);
      hub.forget();
      await reading(hub.endpoint, shardsOf, { ref: "org/name", env });
      expect(asked(hub)).toContain("tree");
    }
  });

  it("is all that is read under HF_HUB_OFFLINE: nothing is asked for", async () => {
    const hub = await testHub();
    const cache = await scratchFolder();
    await writeHubCache(cache, files, true);
    const env = { HF_HUB_CACHE: cache, HF_HUB_OFFLINE: "1" };
    expect((await reading(hub.endpoint, shardsOf, { ref: "org/name", env })).shards).toHaveLength(2);
    const refusal = await refusalOf(reading(hub.endpoint, shardsOf, { ref: "org/other", env }));
    expect([refusal.code, refusal.remedy]).toEqual([
      "not-in-hub-cache",
      expect.stringContaining("HF_HUB_OFFLINE"),
    ]);
    expect(hub.requests()).toEqual([]);
  });

  it("is no checkpoint where only a config was left behind; an index alone says what is missing", async () => {
    const cache = await scratchFolder();
    const env = { HF_HUB_CACHE: cache };
    const refused = async (ref: string, more: NodeJS.ProcessEnv = {}) => {
      const read = (source: CheckpointSource, io: HeardIo) => readInventory(source, io);
      return (await refusalOf(reading("http://127.0.0.1:1", read, { ref, env: { ...env, ...more } }))).code;
    };
    await writeHubCache(cache, new Map([["config.json", Buffer.from("{}")]]));
    expect(await refused("org/name", { HF_HUB_OFFLINE: "1" })).toBe("not-in-hub-cache");
    expect(await refused("org/name")).toBe("hub-unreachable");
    const index = await scratchFolder();
    const known = [...sampleFiles()].filter(([path]) => path.endsWith(".json"));
    await writeHubCache(index, new Map(known));
    expect(await refused("org/name", { HF_HUB_OFFLINE: "1", HF_HUB_CACHE: index })).toBe("shard-missing");
  });

  it("takes the place of a Hub that cannot be reached, with a warning; not of one that says no", async () => {
    const hub = await testHub();
    const cache = await scratchFolder();
    await writeHubCache(cache, files);
    const io = heardIo();
    const env = { HF_HUB_CACHE: cache };
    const { shards } = await reading("http://127.0.0.1:1", shardsOf, { ref: "org/name", env, io });
    expect(shards).toHaveLength(2);
    expect(io.events).toContainEqual(expect.objectContaining({ type: "warning", code: "hub-unreachable" }));
    expect((await refusalOf(reading(hub.endpoint, shardsOf, { ref: "org/name", env }))).code).toBe(
      "repository-private",
    );
  });
});

/** A tensor file whose header is padded to this length, with 200 000 bytes of data. */
function withHeader(length: number) {
  const entry = '{"w":{"dtype":"U8","shape":[200000],"data_offsets":[0,200000]}}';
  const prefix = Buffer.alloc(8 + length, " ");
  prefix.writeBigUInt64LE(BigInt(length));
  prefix.write(entry, 8);
  return sparseContent(8 + length + 200_000, [[0, prefix]]);
}
