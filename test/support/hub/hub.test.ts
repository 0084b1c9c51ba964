import {
  commit,
  createBranch,
  createRepo,
  downloadFile,
  listFiles,
  modelInfo,
  parseSafetensorsMetadata,
  pathsInfo,
  uploadFiles,
  whoAmI,
} from "@huggingface/hub";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tensorFile } from "../../checkpoint/sample.js";
import { type FakeHub, startHub, TOKENS } from "./hub.js";

let hub: FakeHub;
const REPO = "org/model";
const shard = tensorFile({ "a.weight": [1, 2, 3], "b.k_scale": [1, 1, 1, 1] });

beforeEach(async () => {
  hub = await startHub({ pageSize: 2 });
});

afterEach(() => hub.close());

const as = (token: string) => ({ hubUrl: hub.endpoint, accessToken: token });
const writer = () => as(TOKENS.writer);
const blob = (bytes: Uint8Array | string) =>
  new Blob([typeof bytes === "string" ? bytes : Buffer.from(bytes)]);
const got = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(hub.endpoint + path, { ...init, headers });

async function published() {
  await createRepo({ repo: REPO, ...writer() });
  const files = [
    { path: "model.safetensors", content: blob(shard) },
    { path: "config.json", content: blob('{"a": 1}') },
    { path: "sub/notes.txt", content: blob("notes") },
  ];
  return uploadFiles({ repo: REPO, files, ...writer() });
}

async function listed(revision?: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path, type } of listFiles({
    repo: REPO,
    recursive: true,
    ...(revision === undefined ? {} : { revision }),
    ...writer(),
  })) {
    if (type === "file") paths.push(path);
  }
  return paths;
}

describe("the fake Hub, before the real client", () => {
  it("says whose token it is, and refuses others", async () => {
    expect(await whoAmI(writer())).toMatchObject({ type: "user", name: "writer" });
    await expect(whoAmI(as("hf_wrong"))).rejects.toMatchObject({ statusCode: 401 });
  });

  it("creates a repository once, and only where one may", async () => {
    expect(await createRepo({ repo: REPO, ...writer() })).toEqual({
      repoUrl: `${hub.endpoint}/org/model`,
      id: REPO,
    });
    await expect(createRepo({ repo: REPO, ...writer() })).rejects.toMatchObject({ statusCode: 409 });
    await expect(createRepo({ repo: "other/model", ...writer() })).rejects.toMatchObject({ statusCode: 403 });
    await expect(createRepo({ repo: "org/two", ...as(TOKENS.reader) })).rejects.toMatchObject({
      statusCode: 403,
    });
  });

  it("takes an upload and gives it back", async () => {
    await published();
    expect(await listed()).toEqual([".gitattributes", "config.json", "model.safetensors", "sub/notes.txt"]);
    const file = await downloadFile({ repo: REPO, path: "model.safetensors", ...writer() });
    expect(new Uint8Array(await file!.arrayBuffer())).toEqual(shard);
    const small = await downloadFile({ repo: REPO, path: "sub/notes.txt", ...writer() });
    expect(await small!.text()).toBe("notes");
  });

  it("lists by pages", async () => {
    await published();
    hub.forget();
    await listed();
    expect(hub.requests("tree").length).toBe(3);
  });

  it("lets the client read safetensors by ranges", async () => {
    await published();
    const metadata = await parseSafetensorsMetadata({ repo: REPO, path: "model.safetensors", ...writer() });
    expect(metadata).toMatchObject({ sharded: false, header: { "b.k_scale": { dtype: "U8", shape: [4] } } });
    expect(hub.requests("object").map(({ status }) => status)).toContain(206);
  });

  it("does not take an object twice", async () => {
    await published();
    hub.forget();
    await published().catch(() => undefined);
    await uploadFiles({
      repo: REPO,
      files: [{ path: "again.safetensors", content: blob(shard) }],
      ...writer(),
    });
    expect(hub.requests("upload")).toEqual([]);
    expect(await listed()).toContain("again.safetensors");
  });

  it("opens pull requests, which do not touch the branch", async () => {
    await published();
    const operations = [{ operation: "addOrUpdate" as const, path: "new.txt", content: blob("new") }];
    const made = await commit({
      repo: REPO,
      title: "a change",
      operations,
      isPullRequest: true,
      ...as(TOKENS.stranger),
    });
    expect(made?.pullRequestUrl).toBe(`${hub.endpoint}/org/model/discussions/1`);
    expect(await listed()).not.toContain("new.txt");
    expect(await listed(made?.commit.oid)).toContain("new.txt");
    const [info] = await pathsInfo({ repo: REPO, paths: ["new.txt"], revision: "refs/pr/1", ...writer() });
    expect(info?.size).toBe(3);
  });

  it("refuses a commit whose parent is no longer the head", async () => {
    const { commit: made } = (await published())!;
    const operations = [{ operation: "delete" as const, path: "config.json" }];
    const stale = { repo: REPO, title: "late", operations, parentCommit: made.oid, ...writer() };
    await commit(stale);
    await expect(commit(stale)).rejects.toMatchObject({ statusCode: 412 });
  });

  it("makes branches of a revision", async () => {
    await published();
    await createBranch({ repo: REPO, branch: "next", ...writer() });
    const info = await modelInfo({ name: REPO, revision: "next", additionalFields: ["sha"], ...writer() });
    expect(info.sha).toBe(hub.state.repositories.get(REPO)?.find("main")?.oid);
    await expect(createBranch({ repo: REPO, branch: "next", ...writer() })).rejects.toMatchObject({
      statusCode: 409,
    });
  });

  it("takes large objects by parts", async () => {
    await hub.close();
    hub = await startHub({ partSize: 50 });
    await published();
    const parts = hub.requests("upload");
    expect(parts.map(({ bytesIn }) => bytesIn).sort((a, b) => b - a)).toEqual([
      ...Array(Math.floor(shard.length / 50)).fill(50),
      shard.length % 50,
    ]);
    expect(hub.requests("complete").map(({ status }) => status)).toEqual([200]);
    expect(await listed()).toContain("model.safetensors");
  });

  it("answers below a path of a proxy, and nowhere else", async () => {
    await hub.close();
    hub = await startHub({ prefix: "/proxy/hf" });
    await published();
    expect(hub.endpoint).toMatch(/\/proxy\/hf$/);
    expect(await listed()).toContain("config.json");
    expect((await fetch(new URL("/api/whoami-v2", hub.endpoint))).status).toBe(404);
  });
});

describe("the fake Hub's honesty", () => {
  it("holds what it stores to the sha256 it was promised", async () => {
    await published();
    const put = await fetch(`${hub.objectOrigin}/upload/org/model/${"0".repeat(64)}`, {
      method: "PUT",
      body: "bytes",
    });
    expect(put.status).toBe(400);
  });

  it("refuses a commit of an object that was never sent", async () => {
    await published();
    const lines = [
      { key: "header", value: { summary: "x" } },
      { key: "lfsFile", value: { path: "x.safetensors", algo: "sha256", oid: "0".repeat(64), size: 1 } },
    ];
    const body = lines.map((line) => JSON.stringify(line)).join("\n");
    const init = { method: "POST", body };
    const answer = await got(`/api/models/${REPO}/commit/main`, { authorization: "Bearer hf_writer" }, init);
    expect(answer.status).toBe(400);
    expect(await listed()).not.toContain("x.safetensors");
  });

  it("sends large files by another origin, which takes no credentials", async () => {
    await published();
    const answer = await got(`/${REPO}/resolve/main/model.safetensors`, {
      authorization: "Bearer hf_writer",
    });
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(shard);
    expect(new URL(answer.url).origin).toBe(hub.objectOrigin);
    const [request] = hub.requests("object");
    expect(request?.authorized).toBe(false);
    expect((await fetch(answer.url, { headers: { authorization: "Bearer hf_writer" } })).status).toBe(400);
  });

  it("answers ranges as HTTP has them", async () => {
    await published();
    const path = `/${REPO}/resolve/main/config.json`;
    const part = await got(path, { range: "bytes=1-3" });
    expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([
      206,
      "bytes 1-3/8",
      '"a"',
    ]);
    expect((await got(path, { range: "bytes=-2" })).headers.get("content-range")).toBe("bytes 6-7/8");
    expect((await got(path, { range: "bytes=8-9" })).status).toBe(416);
    const head = await got(
      `/${REPO}/resolve/main/model.safetensors`,
      {},
      { method: "HEAD", redirect: "manual" },
    );
    expect([head.status, head.headers.get("x-linked-size")]).toEqual([302, String(shard.length)]);
    expect(head.headers.get("x-repo-commit")).toMatch(/^[0-9a-f]{40}$/);
  });

  it.each([
    ["a repository that is not there", "org/none", undefined, 401, "RepoNotFound"],
    ["the same, with a token", "org/none", TOKENS.writer, 404, "RepoNotFound"],
    ["a private one of others", "org/private", TOKENS.stranger, 404, "RepoNotFound"],
    ["a private one of one's own", "org/private", TOKENS.reader, 200, null],
    ["a gated one, without a token", "org/gated", undefined, 401, "GatedRepo"],
    ["a gated one, not accepted", "org/gated", TOKENS.stranger, 403, "GatedRepo"],
    ["a file that is not there", "org/open", undefined, 404, "EntryNotFound"],
  ])("answers for %s", async (_, repo, token, status, code) => {
    hub.add("org/private", { private: true, files: { "a.txt": "a" } });
    hub.add("org/gated", { gatedFor: ["friend"], files: { "a.txt": "a" } });
    hub.add("org/open");
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await got(`/${repo}/resolve/main/a.txt`, headers);
    expect([answer.status, answer.headers.get("x-error-code")]).toEqual([status, code]);
  });

  it("shares objects between repositories of one region", async () => {
    await published();
    const near = hub.add("org/near");
    const far = hub.add("org/far", { region: "eu" });
    const [info] = await pathsInfo({ repo: REPO, paths: ["model.safetensors"], ...writer() });
    const files = [{ xetHash: info!.xetHash, sha256: info!.lfs!.oid, filename: "model.safetensors" }];
    const share = async (name: string) => {
      const init = { method: "POST", body: JSON.stringify({ target: { type: "model", name }, files }) };
      const answer = await got(
        `/api/models/${REPO}/lfs-files/duplicate`,
        { authorization: "Bearer hf_writer" },
        init,
      );
      return ((await answer.json()) as { failed: unknown[] }).failed;
    };
    expect(await share("org/near")).toEqual([]);
    expect(near.objects.has(info!.lfs!.oid)).toBe(true);
    expect(await share("org/far")).toMatchObject([{ sha256: info!.lfs!.oid }]);
    expect(far.objects.size).toBe(0);
  });
});

describe("the fake Hub's troubles", () => {
  const path = `/${REPO}/resolve/main/config.json`;
  const range = { range: "bytes=0-3" };
  const ask = async () => {
    const answer = await got(path, range, { signal: AbortSignal.timeout(300) });
    return { answer, text: await answer.text() };
  };
  beforeEach(async () => void (await published()));

  it.each([
    ["a status", { kind: "status", status: 429, headers: { "retry-after": "1" } } as const, { status: 429 }],
    ["an ignored range", { kind: "ignored-range" } as const, { status: 200 }],
  ])("answers with %s, once", async (_, trouble, expected) => {
    hub.fault({ on: "resolve", trouble });
    expect((await ask()).answer).toMatchObject(expected);
    expect((await ask()).answer.status).toBe(206);
  });

  it("changes headers and bodies", async () => {
    const { text, answer: plain } = await ask();
    expect(text).toBe('{"a"');
    hub.fault({ on: "resolve", trouble: { kind: "changed-etag" } });
    expect((await ask()).answer.headers.get("etag")).not.toBe(plain.headers.get("etag"));
    hub.fault({ on: "resolve", trouble: { kind: "wrong-content-range" } });
    expect((await ask()).answer.headers.get("content-range")).toBe("bytes 1-2/8");
    hub.fault({ on: "resolve", trouble: { kind: "short-body" } });
    expect((await ask()).text).toBe('{"');
    hub.fault({ on: "resolve", trouble: { kind: "drip", bytes: 1, everyMs: 1 } });
    expect((await ask()).text).toBe('{"a"');
  });

  it.each(["before", "after", "midway"] as const)("breaks connections %s", async (when) => {
    hub.fault({ on: "resolve", trouble: { kind: "reset", when } });
    await expect(ask()).rejects.toThrow();
    expect((await ask()).text).toBe('{"a"');
  });

  it("stalls, and holds", async () => {
    hub.fault({ on: "resolve", trouble: { kind: "stall" } });
    await expect(ask()).rejects.toThrow(/timeout|aborted/i);
    const held = hub.fault({ on: "resolve", trouble: { kind: "hold", when: "after" } });
    const asked = ask();
    await held.reached;
    held.release();
    expect((await asked).text).toBe('{"a"');
  });
});
