import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { openRef } from "../../../src/checkpoint/open.js";
import { refusalOf } from "../refusals.js";
import { sampleFiles } from "../sample.js";
import { heardIo, scratchFolder, writeTree } from "../scratch.js";

const loaded = vi.hoisted(() => vi.fn());
vi.mock("../../../src/checkpoint/hub/open-hub.js", async (original) => {
  loaded();
  return original();
});

describe("the code of the Hub", () => {
  it("is loaded for names of repositories, and for nothing else", async () => {
    const folder = await writeTree(await scratchFolder(), sampleFiles());
    await openRef(folder, heardIo());
    await openRef(join(folder, "config.json"), heardIo());
    await refusalOf(openRef(join(folder, "missing"), heardIo()));
    expect(loaded).not.toHaveBeenCalled();
    const env = { HF_HUB_OFFLINE: "1", HF_HUB_CACHE: folder };
    await refusalOf(openRef("org/name", heardIo(), { env }));
    expect(loaded).toHaveBeenCalledOnce();
  });

  it("is imported by no file beside it other than by type or on demand", () => {
    const folder = join(import.meta.dirname, "../../../src/checkpoint");
    const importers = readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .filter((name) =>
        /^import (?!type )[^;]* from "\.\/hub\//m.test(readFileSync(join(folder, name), "utf8")),
      );
    expect(importers).toEqual([]);
  });
});
