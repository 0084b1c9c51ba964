import { chmod, cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { byName, neighboursOf, offersAt } from "../../src/ui/session-places.js";
import { recall, remember } from "../../src/ui/session-recent.js";
import { checkpoint, ROOT, scratch } from "../operations/desk.js";

/** A folder with checkpoints, scales and other things in it. */
async function models(): Promise<string> {
  const folder = await scratch();
  for (const name of ["Llama-3-8B", "Llama-3-8B-FP8", "Qwen3-30B"])
    await cp(join(ROOT, checkpoint("base-single")), join(folder, name), { recursive: true });
  await mkdir(join(folder, "more/inside"), { recursive: true });
  await mkdir(join(folder, ".hidden"));
  await symlink(join(folder, "Qwen3-30B"), join(folder, "linked"));
  await symlink(join(folder, "nowhere"), join(folder, "dangling"));
  for (const name of ["scales.json", "scales.safetensors", "notes.md"])
    await writeFile(join(folder, name), "{}");
  return folder;
}

describe("what lies where a path points", () => {
  it("is checkpoints, folders and files that can be opened, by name", async () => {
    const folder = `${await models()}/`;
    expect(await offersAt(folder)).toEqual([
      { text: `${folder}Llama-3-8B`, kind: "checkpoint" },
      { text: `${folder}Llama-3-8B-FP8`, kind: "checkpoint" },
      { text: `${folder}Qwen3-30B`, kind: "checkpoint" },
      { text: `${folder}linked`, kind: "checkpoint" },
      { text: `${folder}more/`, kind: "folder" },
      { text: `${folder}scales.json`, kind: "file" },
      { text: `${folder}scales.safetensors`, kind: "file" },
    ]);
  });

  it.each([
    ["ll8f", ["Llama-3-8B-FP8"]],
    ["more/", ["more/inside/"]],
    ["more/x", []],
    ["nowhere/", []],
    [".h", [".hidden/"]],
  ])("%j fits %j", async (typed, expected) => {
    const folder = await models();
    expect(
      (await offersAt(join(folder, "/") + typed)).map(({ text }) => text.slice(folder.length + 1)),
    ).toEqual(expected);
  });

  it("is nothing for a name on the Hub", async () => {
    expect(await offersAt("hf://org/name")).toEqual([]);
  });
});

describe("neighbours", () => {
  it("are checkpoints beside it whose names begin alike, the likest first", async () => {
    const folder = await models();
    await cp(join(folder, "Qwen3-30B"), join(folder, "Llama-2"), { recursive: true });
    expect(await neighboursOf(join(folder, "Llama-3-8B-FP8"))).toEqual([
      join(folder, "Llama-3-8B"),
      join(folder, "Llama-2"),
    ]);
    expect(await neighboursOf(join(folder, "Qwen3-30B"))).toEqual([]);
    expect(await neighboursOf("org/name-that-is-nowhere")).toEqual([]);
  });
});

describe("checkpoints opened before", () => {
  it("are kept under XDG_STATE_HOME, latest first, each once, and not more than twenty", async () => {
    const env = { XDG_STATE_HOME: await scratch() };
    expect(await recall(env)).toEqual([]);
    for (let at = 0; at < 25; at += 1) await remember(`ref-${at}`, env);
    await remember("ref-20", env);
    const kept = await recall(env);
    expect(kept.slice(0, 3)).toEqual(["ref-20", "ref-24", "ref-23"]);
    expect(kept).toHaveLength(20);
    const file = join(env.XDG_STATE_HOME, "kvscale/recent.json");
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(kept);
  });

  it("are kept by their whole path, and shown from where we are", async () => {
    const env = { XDG_STATE_HOME: await scratch() };
    const ref = checkpoint("base-single");
    expect(await remember(ref, env)).toEqual([`./${ref}`]);
    expect(await remember(`./${ref}/`, env)).toEqual([`./${ref}`]);
    const text = await readFile(join(env.XDG_STATE_HOME, "kvscale/recent.json"), "utf8");
    expect(JSON.parse(text)).toEqual([join(ROOT, ref)]);
    expect(await recall(env)).toEqual([`./${ref}`]);
  });

  it.each(["", "not json", '{"a":1}', "[1, null]"])("are none where %j is kept instead", async (text) => {
    const env = { XDG_STATE_HOME: await scratch() };
    await mkdir(join(env.XDG_STATE_HOME, "kvscale"));
    await writeFile(join(env.XDG_STATE_HOME, "kvscale/recent.json"), text);
    expect(await recall(env)).toEqual([]);
    expect(await remember("a", env)).toEqual(["a"]);
  });

  it("are not kept where nothing can be written, which stops nobody", async () => {
    const folder = await scratch();
    await writeFile(join(folder, "file"), "");
    await chmod(folder, 0o700);
    expect(await remember("a", { XDG_STATE_HOME: join(folder, "file") })).toEqual(["a"]);
  });
});

describe("a checkpoint that is named by dots", () => {
  const [here, above] = [basename(process.cwd()), basename(dirname(process.cwd()))];

  it.each([
    [".", `../${here}`],
    ["./", `../${here}`],
    ["..", `../../${above}`],
    ["test/..", `../${here}`],
    ["/", "/"],
    ["./test", "./test"],
    ["org/name", "org/name"],
    ["hf://org/name@v1.", "hf://org/name@v1."],
  ])("%s is %s", (ref, name) => {
    expect(byName(ref)).toBe(name);
  });
});
