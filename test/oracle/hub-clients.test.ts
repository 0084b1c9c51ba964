import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { openRef } from "../../src/checkpoint/open.js";
import { readInventory } from "../../src/checkpoint/read-inventory.js";
import { hubForTest } from "../checkpoint/hub/publishing.js";
import { heardIo, scratchFolder } from "../checkpoint/scratch.js";

const able = spawnSync("hf", ["--help"]).status === 0;
const absent = able ? undefined : "skipped: Python's huggingface_hub is not installed here";

describe.skipIf(absent !== undefined)(`Python's hf before the fake Hub (${absent ?? "present"})`, () => {
  it("uploads, opens a pull request and downloads; kvscale reads the cache that it leaves, offline", async () => {
    const hub = await hubForTest({ pageSize: 2 });
    const script = join(import.meta.dirname, "hub_clients.py");
    const folder = await scratchFolder();
    const child = spawn("python3", [script, hub.endpoint, folder]);
    const [out, err] = [text(child.stdout), text(child.stderr)];
    const [code] = (await once(child, "close")) as [number | null];
    expect(code, await err).toBe(0);
    expect(JSON.parse(await out)).toEqual({ different: [], missing: [], onMain: false });
    expect(hub.state.repositories.get("org/from-python")?.pulls).toBe(1);
    expect(hub.requests("object").some(({ authorized }) => authorized)).toBe(false);
    hub.forget();
    const io = heardIo();
    const env = { HF_ENDPOINT: hub.endpoint, HF_HOME: join(folder, "home"), HF_HUB_OFFLINE: "1" };
    const cached = await openRef("org/from-python", io, { env });
    const { table } = await readInventory(cached, io);
    expect([table.entries.length, hub.requests()]).toEqual([1, []]);
  });
});
