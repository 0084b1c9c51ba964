import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect as shown } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openRef } from "../../src/checkpoint/open.js";
import { readInventory } from "../../src/checkpoint/read-inventory.js";
import { choicesFor, testHub, testServer } from "../checkpoint/hub/reading.js";
import { heardIo, readTree, scratchFolder } from "../checkpoint/scratch.js";
import type { Trouble } from "../support/hub/faults.js";
import { type FakeHub, TOKENS } from "../support/hub/hub.js";
import { fp8Model, plainModel, TINY } from "../support/hub/large-model.js";
import { writeSmallModel } from "../support/model/small-llama.js";
import { ran } from "./terminal.js";

afterEach(() => void vi.unstubAllEnvs());

/** A hub that this process's environment names. */
async function surroundings(env: Readonly<Record<string, string>> = {}, prefix = ""): Promise<FakeHub> {
  const hub = await testHub({ prefix });
  hub.add("org/fp8", { files: fp8Model(TINY) });
  hub.add("org/base", { files: plainModel(TINY) });
  hub.add("org/private", { private: true, files: fp8Model(TINY) });
  hub.add("org/gated", { gatedFor: ["someone"], files: fp8Model(TINY) });
  const none = "/nowhere";
  const all = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: none, HF_HOME: none, HF_TOKEN: "", ...env };
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
  return hub;
}

describe("commands on the Hub", () => {
  it.each(["", "/some/proxy"])(
    "work wherever a directory works, with the Hub at the path %j",
    async (prefix) => {
      await surroundings({}, prefix);
      const out = join(await scratchFolder(), "out");
      const dataOf = async (...argv: string[]) => {
        const { exit, out: text, err } = await ran([...argv, "--json"]);
        expect([exit, err]).toEqual([0, ""]);
        return JSON.parse(text).data;
      };
      const inspected = await dataOf("inspect", "org/fp8");
      expect([inspected.checkpoint.label, inspected.scales.length]).toEqual(["org/fp8", 4]);
      const extracted = await dataOf("extract", "hf://org/fp8@main", "-o", `${out}.safetensors`);
      expect(extracted.out.scales).toBe(4);
      const planned = await dataOf("merge", "org/base", "--from", "org/fp8", "-o", out, "--dry-run");
      expect(planned.written).toBe(false);
      expect(planned.network.fetches.map(({ path }: { path: string }) => path)).toEqual(
        expect.arrayContaining(["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]),
      );
      const merged = await dataOf("merge", "org/base", "--from", "org/fp8", "-o", out);
      expect([merged.written, merged.network.fetches.length]).toEqual([true, 3]);
      const figures = ({ site, role, values }: Record<string, unknown>) => [site, role, values];
      const again = await dataOf("extract", out);
      expect(again.scales.map(figures)).toEqual(inspected.scales.map(figures));
      const converted = await dataOf("convert", "org/fp8", "--engine", "tgi", "-o", `${out}2`, "--dry-run");
      expect(converted.network.requests).toBeGreaterThan(4);
      const verified = await dataOf(
        "verify",
        out,
        "--scales",
        "org/fp8",
        "--sequence-length",
        "8",
        "--backend",
        "reference",
      );
      expect(verified.layers).toHaveLength(2);
      expect((await readTree(out)).has("model-kv-scales.safetensors")).toBe(true);
    },
  );

  it("give the same bytes as the Hub has", async () => {
    const hub = await surroundings();
    const out = join(await scratchFolder(), "out");
    expect((await ran(["merge", "org/base", "--from", "org/fp8", "-o", out, "-q"])).exit).toBe(0);
    for (const [path, { content }] of hub.state.repositories.get("org/base")!.files()) {
      if (!path.endsWith(".safetensors")) continue;
      expect(Buffer.from(content.read(0, content.size)).equals(await readFile(join(out, path)))).toBe(true);
    }
  });

  it("say before a model of the Hub is run that its weights are read, and how to do without", async () => {
    const hub = await surroundings();
    const folder = join(await scratchFolder(), "model");
    await writeSmallModel(folder);
    const files = await readTree(folder);
    hub.add("org/model", { files: Object.fromEntries(files) });
    const told = async (...argv: string[]) => {
      const { out } = await ran([...argv, "--max-tokens", "32", "--backend", "reference", "--json"]);
      return JSON.parse(out).warnings as { code: string; message: string }[];
    };
    const unit = ["verify", "org/model", "--scales", "unit"];
    const [warning] = await told(...unit);
    const megabytes = (files.get("model.safetensors")!.length / 1e6).toFixed(1);
    expect([warning!.code, warning!.message]).toEqual([
      "reads-weights",
      expect.stringContaining(`weights from the Hub, ${megabytes} MB`),
    ]);
    expect(warning!.message).toContain("--data synthetic");
    const [other] = await told("calibrate", "org/model", "-o", join(folder, "../scales.safetensors"));
    expect(other!.code).toBe("reads-weights");
    expect(await told("verify", folder, "--scales", "unit")).toEqual([]);
  });

  it("list what they would fetch", async () => {
    await surroundings();
    const { out, err } = await ran([
      "merge",
      "org/base",
      "--from",
      "org/fp8",
      "-o",
      "/tmp/none",
      "--dry-run",
    ]);
    expect(err).toMatch(/^warning: org\/fp8: AutoFP8 measures keys before rotary embedding.*\n$/);
    expect(out).toMatch(/^Hub: \d+ requests, .* to read it; 3 files, 13\.\d kB to fetch$/m);
    expect(out).toMatch(/^ {2}GET +model-00001-of-00002\.safetensors +6\.\d+ kB$/m);
  });

  it.each([
    ["org/private", "", "repository-private"],
    ["org/gated", "", "repository-gated"],
    ["org/none", TOKENS.reader, "repository-missing"],
    ["org/fp8@v9", "", "revision-missing"],
  ])("tell %s apart by the error's code, exit 4, with a remedy", async (ref, HF_TOKEN, code) => {
    await surroundings({ HF_TOKEN });
    const { exit, out } = await ran(["inspect", ref, "--json"]);
    const { error } = JSON.parse(out);
    expect([exit, error.code, error.remedy.length > 20]).toEqual([4, code, true]);
  });

  it("ask for nothing under HF_HUB_OFFLINE", async () => {
    const hub = await surroundings({ HF_HUB_OFFLINE: "1" });
    expect((await ran(["inspect", "org/fp8"])).exit).toBe(4);
    expect(hub.requests()).toEqual([]);
  });

  it("take --token, with a warning that it stays in the history", async () => {
    await surroundings();
    const { exit, err } = await ran(["extract", "org/private", "--token", TOKENS.writer]);
    expect([exit, err]).toEqual([0, expect.stringMatching(/^warning: .*shell history.*\n$/)]);
  });

  it("show no progress where HF_HUB_DISABLE_PROGRESS_BARS says so, but warnings", async () => {
    const run = async (value: string) => {
      const terminal = { animated: true, env: { HF_HUB_DISABLE_PROGRESS_BARS: value } };
      await surroundings();
      return (await ran(["inspect", "org/fp8", "--token", "hf_reader"], terminal)).err;
    };
    expect(await run("0")).toContain("reading org/fp8");
    expect(await run("1")).not.toContain("reading org/fp8");
    expect(await run("1")).toContain("warning: ");
  });
});

describe("the token under HF_DEBUG", () => {
  const SECRET = "hf_neverToBeSeen0123456789";
  const troubles: [string, Trouble][] = [
    ["a connection that breaks", { kind: "reset", when: "after" }],
    ["401", { kind: "status", status: 401 }],
    ["403", { kind: "status", status: 403 }],
    [
      "404 that repeats it",
      { kind: "status", status: 404, headers: { "x-error-message": `unknown token ${SECRET}` } },
    ],
    [
      "a redirect that repeats it",
      { kind: "status", status: 302, headers: { location: `/x?token=${SECRET}` } },
    ],
    [
      "a redirect to nowhere",
      { kind: "status", status: 302, headers: { location: `http://u:${SECRET}@127.0.0.1/` } },
    ],
    ["500", { kind: "status", status: 501, headers: { "retry-after": "999999" } }],
    ["an ignored range", { kind: "ignored-range" }],
  ];

  it.each(troubles)("is in nothing that is printed, with %s", async (_, trouble) => {
    const hub = await testHub({ users: { [SECRET]: { name: "me", role: "read", organisations: ["org"] } } });
    hub.add("org/fp8", { private: true, files: fp8Model(TINY) });
    for (const HF of ["HF_ENDPOINT", "HF_HUB_CACHE", "HF_HOME", "HF_TOKEN", "HF_DEBUG"]) vi.stubEnv(HF, "");
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    vi.stubEnv("HF_TOKEN", SECRET);
    vi.stubEnv("HF_DEBUG", "1");
    vi.stubEnv("HF_HUB_CACHE", "/nowhere");
    for (const flags of [[], ["--json"], ["--quiet"], ["--token", SECRET]]) {
      hub.clearFaults();
      hub.fault({ on: flags.length === 1 ? "resolve" : "tree", trouble });
      const { out, err } = await ran(["inspect", "org/fp8", ...flags]);
      expect(err).toMatch(
        /^GET http:\/\/127\.0\.0\.1:\d+\/api\/models\/org\/fp8\/revision\/main \[with token\] -> 200$/m,
      );
      expect(out + err).not.toContain(SECRET);
      expect(out + err).not.toContain(SECRET.slice(4));
    }
  });

  it.each(troubles)("is in no error, however deep one looks, with %s", async (_, trouble) => {
    const hub = await testHub({ users: { [SECRET]: { name: "me", role: "read", organisations: ["org"] } } });
    hub.add("org/fp8", { private: true, files: fp8Model(TINY) });
    for (const on of ["info", "tree", "resolve", "object"] as const) {
      hub.clearFaults();
      hub.fault({ on, times: 99, trouble });
      const io = heardIo();
      const choices = choicesFor(hub.endpoint, { HF_TOKEN: SECRET, HF_DEBUG: "1" });
      const ended = await openRef("org/fp8", io, choices)
        .then(async (source) => [source, await readInventory(source, io)])
        .catch((error: unknown) => error);
      expect(ended).toBeDefined();
      const all = shown([ended, io.events], {
        depth: Number.POSITIVE_INFINITY,
        showHidden: true,
        maxStringLength: null,
      });
      expect(all + ((ended as Error).stack ?? "")).not.toContain(SECRET);
    }
  });

  it("goes to no other origin", async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await testServer(({ headers }, response) => {
      seen.push(headers.authorization);
      response.writeHead(404).end();
    });
    const hub = await surroundings({ HF_TOKEN: TOKENS.reader });
    hub.fault({
      on: "resolve",
      times: 99,
      trouble: { kind: "status", status: 307, headers: { location: elsewhere } },
    });
    expect((await ran(["inspect", "org/fp8"])).exit).toBe(4);
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });
});
