import { createServer, request as forward, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { fetchFor, isProxied } from "../../../src/checkpoint/hub/proxy.js";
import { readShards } from "../../../src/checkpoint/read-shards.js";
import { sampleFiles } from "../sample.js";
import { reading, testHub } from "./reading.js";

/** A proxy that tunnels by CONNECT and forwards by absolute address; tells what it was asked. */
async function startProxy() {
  const asked: string[] = [];
  const server = createServer((incoming, response) => {
    asked.push(`forward ${new URL(incoming.url!).pathname}`);
    const onward = forward(
      incoming.url!,
      { method: incoming.method!, headers: incoming.headers },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      },
    );
    incoming.pipe(onward);
  });
  server.on("connect", ({ url = "", headers }: IncomingMessage, socket, head) => {
    asked.push(`connect ${url} ${headers["proxy-authorization"] ?? ""}`.trim());
    const [host, port] = url.split(":");
    const onward = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward])
      end.on("error", () => void [socket, onward].map((each) => each.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function shardsThrough(env: NodeJS.ProcessEnv) {
  const hub = await testHub();
  hub.add("org/model", { files: Object.fromEntries(sampleFiles()) });
  const set = await reading(hub.endpoint, (source, { signal }) => readShards(source, signal), { env });
  expect(set.shards).toHaveLength(2);
  return { hub, origins: [hub.endpoint, hub.objectOrigin].map((origin) => new URL(origin).host) };
}

describe("a proxy", () => {
  it.each(["HTTP_PROXY", "http_proxy", "ALL_PROXY"])(
    "named by %s carries every request",
    async (variable) => {
      const { address, asked } = await startProxy();
      const { hub, origins } = await shardsThrough({ [variable]: `http://${address}` });
      expect(hub.requests().length).toBeGreaterThan(4);
      for (const origin of origins) expect(asked.join("\n")).toContain(origin);
    },
  );

  it("gets the name and password of its address", async () => {
    const { address, asked } = await startProxy();
    await shardsThrough({ HTTP_PROXY: `http://me:word@${address}` });
    expect(asked[0]).toContain(`Basic ${Buffer.from("me:word").toString("base64")}`);
  });

  it.each(["127.0.0.1,localhost", "*", "x.example,127.0.0.1,localhost"])(
    "is left out for hosts that NO_PROXY=%s names",
    async (NO_PROXY) => {
      const { address, asked } = await startProxy();
      await shardsThrough({ HTTP_PROXY: `http://${address}`, NO_PROXY });
      expect(asked).toEqual([]);
    },
  );

  it("is not looked for where none is named", async () => {
    expect(isProxied({ NO_PROXY: "x", HTTPS_PROXY: "" })).toBe(false);
    expect(await fetchFor({ NO_PROXY: "x" })).toBe(fetch);
    expect(isProxied({ HTTPS_PROXY: "http://127.0.0.1:1" })).toBe(true);
  });
});
