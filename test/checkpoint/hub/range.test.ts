import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { hubClient } from "../../../src/checkpoint/hub/open-hub.js";
import { fetchRange, type RemoteFile, rangeRequest } from "../../../src/checkpoint/hub/range.js";
import type { Trouble } from "../../support/hub/faults.js";
import { TOKENS } from "../../support/hub/hub.js";
import { refusalOf } from "../refusals.js";
import { heardIo } from "../scratch.js";
import { choicesFor, impatient, testHub, testServer } from "./reading.js";

const BYTES = Uint8Array.from({ length: 1000 }, (_, at) => at % 251);

/** A hub with one large file, and a way to read ranges of it. */
async function oneFile(env: NodeJS.ProcessEnv = {}) {
  const hub = await testHub();
  const repository = hub.add("org/model", { files: { "model.safetensors": BYTES } });
  const patience = impatient();
  const { client } = await hubClient({ ...choicesFor(hub.endpoint, env), patience });
  const commit = repository.refs.get("refs/heads/main")!;
  const file: RemoteFile = {
    repository: "org/model",
    shown: "org/model/model.safetensors",
    size: BYTES.length,
    url: `${hub.endpoint}/org/model/resolve/${commit}/model.safetensors`,
    location: undefined,
    etag: undefined,
  };
  const read = (begin: number, end: number, io = heardIo()) => fetchRange(client, file, [begin, end], io);
  return { hub, read, patience, file, client };
}

/** A file that some server has at `/f`, not yet asked for. */
function fileAt(origin: string, size: number): RemoteFile {
  return {
    repository: "o/m",
    shown: "o/m/f",
    size,
    url: `${origin}/f`,
    location: undefined,
    etag: undefined,
  };
}

describe("a range of a file on the Hub", () => {
  it("is read from the storage server, without the token; the next one without asking the Hub again", async () => {
    const { hub, read } = await oneFile({ HF_TOKEN: TOKENS.reader });
    expect(await read(10, 20)).toEqual(BYTES.slice(10, 20));
    expect(await read(30, 31)).toEqual(BYTES.slice(30, 31));
    expect(
      hub
        .requests()
        .map(({ operation, range, authorized, status }) => [operation, range, authorized, status]),
    ).toEqual([
      ["resolve", "bytes=10-19", true, 302],
      ["object", "bytes=10-19", false, 206],
      ["object", "bytes=30-30", false, 206],
    ]);
  });

  it("that is the whole file is asked for plainly", async () => {
    const { hub, read } = await oneFile();
    expect(await read(0, 1000)).toEqual(BYTES);
    expect(hub.requests("object").map(({ range, status }) => [range, status])).toEqual([[undefined, 200]]);
  });

  const passing: [string, Trouble, number[]][] = [
    ["503", { kind: "status", status: 503 }, [500]],
    ["408", { kind: "status", status: 408 }, [500]],
    ["429 with Retry-After", { kind: "status", status: 429, headers: { "retry-after": "7" } }, [7000]],
    [
      "429 with RateLimit",
      { kind: "status", status: 429, headers: { ratelimit: '"api";r=0;t=11' } },
      [11_000],
    ],
    ["a connection that breaks before the answer", { kind: "reset", when: "before" }, [500]],
    ["a connection that breaks amid the answer", { kind: "reset", when: "midway" }, [500]],
  ];
  it.each(passing)("survives %s", async (_, trouble, slept) => {
    const { hub, read, patience } = await oneFile();
    const fault = hub.fault({ on: "object", trouble });
    expect(await read(10, 500)).toEqual(BYTES.slice(10, 500));
    expect([fault.met, patience.slept]).toEqual([1, slept]);
  });

  it("survives a stall, once nothing has come for the time that HF_HUB_DOWNLOAD_TIMEOUT says", async () => {
    const { hub, read } = await oneFile({ HF_HUB_DOWNLOAD_TIMEOUT: "0.2" });
    const fault = hub.fault({ on: "object", trouble: { kind: "stall" } });
    expect(await read(10, 500)).toEqual(BYTES.slice(10, 500));
    expect(fault.met).toBe(1);
    expect(hub.requests("object")).toHaveLength(2);
  });

  it("is awaited while it drips, however long it takes in all", async () => {
    const { hub, read, patience } = await oneFile({ HF_HUB_DOWNLOAD_TIMEOUT: "0.4" });
    hub.fault({ on: "object", trouble: { kind: "drip", bytes: 140, everyMs: 120 } });
    expect(await read(0, 700)).toEqual(BYTES.slice(0, 700));
    expect(patience.slept).toEqual([]);
  });

  it("is not taken for stalled while its reader is slow", async () => {
    const { hub, client, file, patience } = await oneFile({ HF_HUB_DOWNLOAD_TIMEOUT: "0.15" });
    hub.fault({ on: "object", trouble: { kind: "drip", bytes: 500, everyMs: 10 } });
    const ask = () => rangeRequest(file, [0, 1000]);
    const length = await client.send(ask, heardIo(), async (answer) => {
      let read = 0;
      for await (const chunk of answer.body()) {
        read += chunk.length;
        await setTimeout(300);
      }
      return read;
    });
    expect([length, patience.slept]).toEqual([1000, []]);
  });

  const lasting: [string, Trouble, string, string][] = [
    ["200 for a range", { kind: "ignored-range" }, "range-ignored", "HTTP 200"],
    ["another range than asked for", { kind: "wrong-content-range" }, "wrong-range", "bytes 1-2/1000"],
    ["another length than asked for", { kind: "short-body" }, "wrong-length", "245"],
    ["403", { kind: "status", status: 403 }, "hub-refused", "HTTP 403"],
    ["416", { kind: "status", status: 416 }, "hub-refused", "HTTP 416"],
    ["204", { kind: "status", status: 204 }, "unexpected-answer", "HTTP 204"],
  ];
  it.each(lasting)("is refused, and not asked for again, after %s", async (_, trouble, code, words) => {
    const { hub, read } = await oneFile();
    hub.fault({ on: "object", times: 9, trouble });
    const refusal = await refusalOf(read(10, 500));
    expect([refusal.exit, refusal.code]).toEqual(["environment", code]);
    expect(refusal.message).toContain(words);
    expect(refusal.subject.file).toBe("org/model/model.safetensors");
    expect(refusal.remedy).toBeTruthy();
    expect(hub.requests("object")).toHaveLength(1);
  });

  it("is refused when the file has changed since the first request", async () => {
    const { hub, read } = await oneFile();
    await read(10, 20);
    hub.fault({ on: "object", trouble: { kind: "changed-etag" } });
    const refusal = await refusalOf(read(30, 40));
    expect([refusal.exit, refusal.code]).toEqual(["data", "file-changed"]);
    expect(hub.requests("object")).toHaveLength(2);
  });

  it("gives up after five tries, with what went wrong", async () => {
    const { hub, read, patience } = await oneFile();
    hub.fault({ on: "object", times: 9, trouble: { kind: "status", status: 503 } });
    expect((await refusalOf(read(10, 20))).code).toBe("hub-error");
    expect([hub.requests("object").length, patience.slept]).toEqual([5, [500, 1000, 2000, 4000]]);
  });

  it("is asked for at the Hub again when the storage server's address has run out", async () => {
    const { hub, read, patience } = await oneFile();
    await read(10, 20);
    hub.fault({ on: "object", trouble: { kind: "status", status: 403 } });
    expect(await read(30, 40)).toEqual(BYTES.slice(30, 40));
    expect(hub.requests().map(({ operation, status }) => `${operation} ${status}`)).toEqual([
      "resolve 302",
      "object 206",
      "object 403",
      "resolve 302",
      "object 206",
    ]);
    expect(patience.slept).toEqual([0]);
  });

  it.each(["before the answer", "amid the answer"])("ends at once when it is told to, %s", async (when) => {
    const { hub, read } = await oneFile();
    const kind =
      when === "amid the answer" ? ({ kind: "stall" } as const) : ({ kind: "hold", when: "before" } as const);
    const fault = hub.fault({ on: "object", trouble: kind });
    const io = heardIo();
    const work = read(10, 500, io);
    await fault.reached;
    io.stop();
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    expect(hub.requests("object")).toHaveLength(1);
  });

  it("asks sixteen times at once, not more", async () => {
    const { hub, client, file } = await oneFile();
    const fault = hub.fault({ on: "resolve", times: 30, trouble: { kind: "hold", when: "before" } });
    const all = Array.from({ length: 30 }, (_, at) => fetchRange(client, file, [at, at + 1], heardIo()));
    await fault.reached;
    while (fault.met < 16) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(fault.met).toBe(16);
    fault.release();
    expect((await Promise.all(all)).map(([byte]) => byte)).toEqual([...BYTES.slice(0, 30)]);
  });
});

describe("what comes in place of a file", () => {
  const served: [string, number, Record<string, string>, string, string][] = [
    [
      "an HTML page",
      200,
      { "content-type": "text/html" },
      "<!DOCTYPE html><title>Log in to the WiFi</title>",
      "an HTML page",
    ],
    [
      "a git-LFS pointer",
      200,
      {},
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
      "a Git-LFS pointer",
    ],
    ["an error message", 200, {}, '{"error":"nothing here"}', "an error message"],
    [
      "compressed bytes",
      206,
      { "content-encoding": "br", "content-range": "bytes 10-19/1000" },
      "0123456789",
      "found br",
    ],
  ];
  it.each(served)("is named: %s", async (_, status, headers, body, words) => {
    const origin = await testServer(
      (_request, response) => void response.writeHead(status, headers).end(body),
    );
    const { client } = await hubClient(choicesFor(origin));
    const file = fileAt(origin, 1000);
    const refusal = await refusalOf(fetchRange(client, file, [10, 20], heardIo()));
    expect(refusal.exit).toBe("environment");
    expect(refusal.message).toContain(words);
  });

  it("is cut off when it is longer than what was asked for", async () => {
    let sent = 0;
    const origin = await testServer((_request, response) => {
      response.writeHead(206, { "content-range": "bytes 10-19/1000" });
      response.on("error", () => {});
      const more = () => {
        sent += 1;
        if (sent < 10_000 && !response.destroyed) response.write(new Uint8Array(65_536), more);
      };
      more();
    });
    const { client } = await hubClient(choicesFor(origin));
    const file = fileAt(origin, 1000);
    const refusal = await refusalOf(fetchRange(client, file, [10, 20], heardIo()));
    expect([refusal.code, refusal.message]).toEqual([
      "unexpected-answer",
      expect.stringContaining("at most 10 bytes"),
    ]);
    expect(sent).toBeLessThan(10_000);
  });

  it("is tried again when it ends too early without saying so", async () => {
    let calls = 0;
    const origin = await testServer((_request, response) => {
      calls += 1;
      response
        .writeHead(206, { "content-range": "bytes 10-19/1000" })
        .end(calls === 1 ? "01234" : "0123456789");
    });
    const { client } = await hubClient(choicesFor(origin));
    const file = fileAt(origin, 1000);
    expect(Buffer.from(await fetchRange(client, file, [10, 20], heardIo())).toString()).toBe("0123456789");
    expect(calls).toBe(2);
  });
});

describe("redirects", () => {
  const seen: string[] = [];
  const file = (origin: string) => fileAt(origin, 10);

  it("keep the token on the Hub's own origin, and lose it for good on any other", async () => {
    seen.length = 0;
    const elsewhere = await testServer((request, response) => {
      seen.push(`elsewhere ${request.url} ${request.headers.authorization}`);
      response.writeHead(307, { location: `${home}/back` }).end();
    });
    const home = await testServer((request, response) => {
      seen.push(`home ${request.url} ${request.headers.authorization}`);
      const to: Record<string, string> = { "/f": "/renamed/f", "/renamed/f": `${elsewhere}/x` };
      const location = to[request.url!];
      if (location === undefined) response.writeHead(200).end("0123456789");
      else response.writeHead(location.startsWith("/") ? 307 : 302, { location }).end();
    });
    const { client } = await hubClient(choicesFor(home, { HF_TOKEN: "hf_secret" }));
    await fetchRange(client, file(home), [0, 10], heardIo());
    expect(seen).toEqual([
      "home /f Bearer hf_secret",
      "home /renamed/f Bearer hf_secret",
      "elsewhere /x undefined",
      "home /back undefined",
    ]);
  });

  it.each(["file:///etc/passwd", "ftp://x/", "http://user:word@127.0.0.1/"])(
    "to %s are not followed",
    async (location) => {
      const origin = await testServer(
        (_request, response) => void response.writeHead(302, { location }).end(),
      );
      const { client } = await hubClient(choicesFor(origin));
      expect((await refusalOf(fetchRange(client, file(origin), [0, 10], heardIo()))).code).toBe(
        "hub-refused",
      );
    },
  );

  it("that lead in a circle end", async () => {
    let calls = 0;
    const origin = await testServer((_request, response) => {
      calls += 1;
      response.writeHead(302, { location: "/f" }).end();
    });
    const { client } = await hubClient(choicesFor(origin));
    expect((await refusalOf(fetchRange(client, file(origin), [0, 10], heardIo()))).code).toBe("hub-refused");
    expect(calls).toBe(21);
  });
});
