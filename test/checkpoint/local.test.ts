import { execFileSync } from "node:child_process";
import { chmod, mkdir, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { directorySource, fileSource } from "../../src/checkpoint/local.js";
import { refusalOf } from "./refusals.js";
import { SHARD_1, sampleFiles, text, writeHubCache } from "./sample.js";
import { scratchFolder, writeTree } from "./scratch.js";

const signal = new AbortController().signal;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

describe("a directory of a checkpoint", () => {
  it("leaves out version control, download bookkeeping and our own unfinished work, and nothing else", async () => {
    const folder = await writeTree(
      await scratchFolder(),
      new Map(
        [
          ".git/HEAD",
          ".cache/huggingface/download/config.json.lock",
          ".cache/other",
          ".DS_Store",
          "sub/.DS_Store",
          ".out.kvscale-12-abcdef01234567/config.json",
          ".out.kvscale-12-abcdef01234567-old/config.json",
          ".gitattributes",
          ".gitignore",
          "sub/.cache/x",
        ].map((path) => [path, text("x")]),
      ),
    );
    const paths = (await (await directorySource(folder)).list(signal)).map(({ path }) => path);
    expect(paths).toEqual([".cache/other", ".gitattributes", ".gitignore", "sub/.cache/x"]);
  });

  it("follows links that stay inside, to files and folders", async () => {
    const folder = await writeTree(await scratchFolder(), sampleFiles());
    await symlink(SHARD_1, join(folder, "model.safetensors"));
    await symlink("original", join(folder, "copy"));
    const source = await directorySource(folder);
    const paths = (await source.list(signal)).map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(["model.safetensors", "copy/params.json"]));
    expect(await source.read("copy/params.json", [[0, 2]], signal)).toEqual([text("{}")]);
    expect(await source.locate("model.safetensors")).toBe(join(folder, SHARD_1));
  });

  it("may be named through a link", async () => {
    const folder = await scratchFolder();
    await writeTree(join(folder, "real"), sampleFiles());
    await symlink("real", join(folder, "link"));
    const source = await directorySource(join(folder, "link"));
    expect(await source.list(signal)).toHaveLength(sampleFiles().size);
    expect(source.root).toBe(join(folder, "real"));
  });

  it.each(Object.entries(hostileEntries()))(
    "refuses %s, when listing and when reading",
    async (_case, hostile) => {
      const outer = await scratchFolder();
      const folder = await writeTree(join(outer, "model"), sampleFiles());
      await writeTree(outer, new Map([["secret.json", text("secret")]]));
      await hostile.make(folder, outer);
      const source = await directorySource(folder);
      const listing = await refusalOf(source.list(signal));
      expect([listing.exit, listing.code]).toEqual(["data", hostile.code]);
      expect(listing.subject.file).toContain(hostile.path.split("/")[0]);
      const reading = await refusalOf(source.read(hostile.path, [[0, 1]], signal));
      expect([reading.exit, reading.code]).toEqual(["data", hostile.reading ?? hostile.code]);
    },
  );

  it("follows links anywhere when it is told to trust them", async () => {
    const outer = await scratchFolder();
    const folder = await writeTree(join(outer, "model"), sampleFiles());
    await writeTree(outer, new Map([["other.json", text("other")]]));
    await symlink("../other.json", join(folder, "link.json"));
    const source = await directorySource(folder, { followLinks: true });
    expect(await source.read("link.json", [[0, 5]], signal)).toEqual([text("other")]);
  });

  it("does not take a folder for a Hub cache because it lies in one called snapshots", async () => {
    const outer = await scratchFolder();
    const folder = await writeTree(join(outer, "data/snapshots/x"), new Map([["a.json", text("a")]]));
    await writeTree(outer, new Map([["data/blobs/e0", text("blob")]]));
    await symlink("../../blobs/e0", join(folder, "b.json"));
    expect((await refusalOf((await directorySource(folder)).list(signal))).code).toBe("link-escapes");
  });

  it("refuses links of a Hub cache that lead to another repository", async () => {
    const cache = await scratchFolder();
    const snapshot = await writeHubCache(cache, sampleFiles());
    await writeTree(cache, new Map([["models--other--one/blobs/e9", text("x")]]));
    await symlink("../../../models--other--one/blobs/e9", join(snapshot, "stolen.json"));
    expect((await refusalOf((await directorySource(snapshot)).list(signal))).code).toBe("link-escapes");
  });

  it("says what to do about a blob that was pruned", async () => {
    const snapshot = await writeHubCache(await scratchFolder(), sampleFiles());
    await symlink("../../blobs/pruned", join(snapshot, "model.safetensors"));
    const refusal = await refusalOf((await directorySource(snapshot)).list(signal));
    expect(refusal.code).toBe("link-dangling");
    expect(refusal.remedy).toMatch(/download/i);
  });

  it("refuses a file and a folder that may not be read", async () => {
    const folder = await writeTree(await scratchFolder(), sampleFiles());
    await chmod(folder, 0o755);
    await chmod(join(folder, "config.json"), 0o000);
    await asNobody(async () => {
      const refusal = await refusalOf((await directorySource(folder)).read("config.json", [[0, 1]], signal));
      expect([refusal.exit, refusal.code]).toEqual(["environment", "no-permission"]);
    });
    await chmod(join(folder, "original"), 0o000);
    await asNobody(async () => {
      const refusal = await refusalOf((await directorySource(folder)).list(signal));
      expect([refusal.exit, refusal.code]).toEqual(["environment", "no-permission"]);
    });
    await chmod(join(folder, "original"), 0o755);
  });

  it.each([
    ["shrank", (path: string) => truncate(path, 5)],
    ["grew", (path: string) => writeFile(path, "x", { flag: "a" })],
    ["was rewritten in the same size", (path: string) => utimes(path, 1, 1)],
  ])("refuses a file that %s since it was listed", async (_case, change) => {
    const folder = await writeTree(await scratchFolder(), sampleFiles());
    const source = await directorySource(folder);
    await source.list(signal);
    await change(join(folder, "config.json"));
    const refusal = await refusalOf(source.read("config.json", [[0, 4]], signal));
    expect([refusal.exit, refusal.code]).toEqual(["data", "file-changed"]);
  });

  it("refuses a directory that is not there", async () => {
    const refusal = await refusalOf(directorySource(join(await scratchFolder(), "no")));
    expect([refusal.exit, refusal.code]).toEqual(["environment", "not-found"]);
  });
});

describe("a single file of a checkpoint", () => {
  it("has one path, its name, and reads no sibling", async () => {
    const folder = await writeTree(await scratchFolder(), sampleFiles());
    const source = await fileSource(join(folder, SHARD_1));
    expect((await source.list(signal)).map(({ path }) => path)).toEqual([SHARD_1]);
    expect(source.root).toBe(join(folder, SHARD_1));
    expect((await refusalOf(source.read("config.json", [[0, 1]], signal))).code).toBe("file-missing");
  });

  it("may be a link to anywhere: the user named it", async () => {
    const snapshot = await writeHubCache(await scratchFolder(), sampleFiles(), true);
    const source = await fileSource(join(snapshot, SHARD_1));
    const bytes = sampleFiles().get(SHARD_1)!;
    expect(await source.read(SHARD_1, [[0, bytes.length]], signal)).toEqual([bytes]);
  });
});

interface Hostile {
  /** Path of the entry, and its refusal. */
  readonly path: string;
  readonly code: string;
  /** The refusal when it is read without being listed, where that is another one. */
  readonly reading?: string;
  make(folder: string, outer: string): Promise<unknown>;
}

function hostileEntries(): Record<string, Hostile> {
  const linkTo = (path: string, target: string) => (folder: string) => symlink(target, join(folder, path));
  return {
    "a link out of the directory": {
      path: "a.json",
      code: "link-escapes",
      make: linkTo("a.json", "../secret.json"),
    },
    "an absolute link out of it": {
      path: "a.json",
      code: "link-escapes",
      make: (folder, outer) => symlink(join(outer, "secret.json"), join(folder, "a.json")),
    },
    "a shard that is a link out of it": {
      path: "model.safetensors",
      code: "link-escapes",
      make: linkTo("model.safetensors", "../secret.json"),
    },
    "a link to a folder outside": { path: "up/secret.json", code: "link-escapes", make: linkTo("up", "..") },
    "a link to a neighbour whose name begins the same": {
      path: "a.json",
      code: "link-escapes",
      make: async (folder, outer) => {
        await writeTree(outer, new Map([["model-2/a.json", text("x")]]));
        await symlink("../model-2/a.json", join(folder, "a.json"));
      },
    },
    "a link to nothing": { path: "a.json", code: "link-dangling", make: linkTo("a.json", "nothing.json") },
    "a link to itself": { path: "a.json", code: "link-loop", make: linkTo("a.json", "a.json") },
    "two links that lead to each other": {
      path: "a.json",
      code: "link-loop",
      make: async (folder) => {
        await symlink("b.json", join(folder, "a.json"));
        await symlink("a.json", join(folder, "b.json"));
      },
    },
    "a folder that leads back to itself": {
      path: "loop",
      code: "link-loop",
      reading: "not-a-file",
      make: linkTo("loop", "."),
    },
    "two folders that lead to each other": {
      path: "x",
      code: "link-loop",
      reading: "not-a-file",
      make: async (folder) => {
        await mkdir(join(folder, "x"));
        await mkdir(join(folder, "y"));
        await symlink("../y", join(folder, "x/y"));
        await symlink("../x", join(folder, "y/x"));
      },
    },
    "a FIFO": {
      path: "model.safetensors",
      code: "not-a-file",
      make: async (folder) => execFileSync("mkfifo", [join(folder, "model.safetensors")]),
    },
    "a link to a FIFO": {
      path: "model.safetensors",
      code: "not-a-file",
      make: async (folder) => {
        execFileSync("mkfifo", [join(folder, "z.pipe")]);
        await symlink("z.pipe", join(folder, "model.safetensors"));
      },
    },
    "a socket": {
      path: "model.safetensors",
      code: "not-a-file",
      make: async (folder) => {
        const server = createServer();
        closing.push(() => server.close());
        await new Promise<void>((ready) => server.listen(join(folder, "model.safetensors"), ready));
      },
    },
    "a directory named like a shard": {
      path: "model.safetensors",
      code: "not-a-file",
      make: (folder) => mkdir(join(folder, "model.safetensors")),
    },
    "a link to a device": {
      path: "a.json",
      code: "link-escapes",
      make: linkTo("a.json", "/dev/zero"),
    },
  };
}

/** Runs `work` without the rights of the superuser, who may read everything. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}
