import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { serialize } from "../../src/tensors/layout.js";
import { envOf, hubForTest } from "../checkpoint/hub/publishing.js";
import { checkpoint, filesOf, hostile, scratch } from "../operations/desk.js";
import { parseMarkup } from "../support/markup-tree.js";
import { TOKENS, writeSmallModel } from "../support/model/small-llama.js";
import { ran } from "./terminal.js";

const REF = checkpoint("autofp8");
const MODEL = resolve(import.meta.dirname, "../../../shared/data/checkpoints/tiny-llama.autofp8");
const QUICK = ["--backend", "reference", "--sequence-length", "16", "--queries", "1"];

describe("--report and --junit", () => {
  it("write what was asked for, and change nothing on stdout", async () => {
    const folder = await scratch();
    const files = ["r.html", "r.md", "r.xml"].map((name) => join(folder, name));
    const [html, md, xml] = files as [string, string, string];
    const bare = await ran(["verify", REF, ...QUICK]);
    const done = await ran(["verify", REF, ...QUICK, "--report", html, "--report", md, "--junit", xml]);
    expect([done.exit, done.out]).toEqual([bare.exit, bare.out]);
    expect(done.err.slice(bare.err.length)).toBe(`wrote ${html}\nwrote ${md}\nwrote ${xml}\n`);
    const page = await readFile(html, "utf8");
    parseMarkup(page);
    expect(page).toContain(`kvscale verify ${REF} --backend reference`);
    expect(page).toMatch(/scales SHA-256 <code>[0-9a-f]{64}<\/code>/);
    expect(await readFile(md, "utf8")).toContain("# Accuracy of an FP8 KV cache");
    parseMarkup(await readFile(xml, "utf8"));
    expect((await filesOf(folder)).size).toBe(3);
  });

  it.skipIf(!existsSync(MODEL))(
    "of a model run on token ids (skipped where shared data is missing)",
    async () => {
      const folder = await scratch();
      const [tokens, html] = [join(folder, "tokens.json"), join(folder, "r.html")];
      await writeFile(tokens, "[256, 34, 34, 34, 82, 101, 97, 100]");
      const done = await ran(["verify", MODEL, "--tokens", tokens, "--report", html, "-q"]);
      expect([done.exit === 3, done.err]).toEqual([false, ""]);
      expect(await readFile(html, "utf8")).toContain("The model end to end");
    },
  );

  it("of calibrate name the text and what was written by their hashes", async () => {
    const folder = await scratch();
    const at = (name: string) => join(folder, name);
    await writeSmallModel(at("model"));
    const ids = JSON.stringify(TOKENS);
    await writeFile(at("tokens.json"), ids);
    const run = ["calibrate", at("model"), "--tokens", at("tokens.json"), "--backend", "reference", "-q"];
    const reports = ["--report", at("r.html"), "--report", at("r.md")];
    const bare = await ran([...run, "-o", at("scales.safetensors"), "--no-github"]);
    const done = await ran([...run, "-o", at("scales.safetensors"), "-f", "--no-github", ...reports]);
    expect([done.exit, done.err, done.out]).toEqual([0, "", bare.out]);
    const [html, md] = [await readFile(at("r.html"), "utf8"), await readFile(at("r.md"), "utf8")];
    const sha256 = createHash("sha256").update(ids).digest("hex");
    for (const text of [html, md]) {
      expect(text).toContain("Scales of 3 layers");
      expect(text).toContain(sha256);
      expect(text).toContain("written by this run");
    }
    expect(html).toMatch(/written by this run, scales SHA-256 <code>[0-9a-f]{64}</);
    const inspected = await ran(["inspect", at("scales.safetensors"), "--report", at("i.html"), "-q"]);
    expect(inspected.exit).toBe(0);
    const [hash] = html.match(/(?<=scales SHA-256 <code>)[0-9a-f]{64}/)!;
    expect(await readFile(at("i.html"), "utf8")).toContain(`scales SHA-256 <code>${hash}<`);
  });

  it("of calibrate from statistics name those, and --junit is not taken: nothing is judged", async () => {
    const folder = await scratch();
    const at = (name: string) => join(folder, name);
    await writeSmallModel(at("model"));
    await writeFile(at("tokens.json"), JSON.stringify(TOKENS));
    const run = ["calibrate", at("model"), "--backend", "reference", "-q", "--no-github"];
    const stats = await ran([...run, "--tokens", at("tokens.json"), "--stats", at("part.json")]);
    expect(stats.exit).toBe(0);
    const out = ["--from-stats", at("part.json"), "-o", at("new"), "--no-fsync", "--link", "symlink"];
    const done = await ran([...run, ...out, "--report", at("r.md")]);
    expect([done.exit, done.err]).toEqual([0, ""]);
    const text = await readFile(at("r.md"), "utf8");
    const sha256 = createHash("sha256")
      .update(await readFile(at("part.json")))
      .digest("hex");
    expect(text).toContain(sha256);
    for (const title of ["What was written", "Engines", "Declared by"]) expect(text).toContain(`## ${title}`);
    expect((await ran([...run, ...out, "-f", "--junit", at("r.xml")])).exit).toBe(2);
  });

  it("replace an older report", async () => {
    const file = join(await scratch(), "r.html");
    await writeFile(file, "old");
    expect((await ran(["inspect", REF, "--report", file, "-q"])).err).toBe("");
    expect(await readFile(file, "utf8")).toContain("<!doctype html>");
  });

  it("may lie in the checkpoint, but replace nothing that came with it", async () => {
    const folder = await scratch();
    await cp(REF, folder, { recursive: true });
    const file = join(folder, "README.md");
    await writeFile(file, "# A model card");
    const { exit, err } = await ran(["inspect", folder, "--report", file]);
    expect([exit, err]).toEqual([2, expect.stringContaining("expected an output apart from every input")]);
    expect(await readFile(file, "utf8")).toBe("# A model card");
    for (const turn of [1, 2])
      for (const name of ["own.md", "own.html"])
        expect([turn, (await ran(["inspect", folder, "--report", join(folder, name), "-q"])).exit]).toEqual([
          turn,
          0,
        ]);
  });

  it.each([
    ["--report", "model.safetensors"],
    ["--report", "config.json"],
    ["--junit", "config.json"],
  ])("%s %s is refused: no name of a checkpoint's file", async (flag, file) => {
    const { exit, err } = await ran(["inspect", REF, flag, file]);
    expect([exit, err]).toEqual([2, expect.stringContaining("a file name ending in")]);
  });

  it("refuse a folder that is not there before any work is done", async () => {
    const { exit, out, err } = await ran(["inspect", REF, "--report", "nowhere/at/all.html"]);
    expect([exit, out]).toEqual([4, ""]);
    expect(err).toMatch(/^error: nowhere\/at\/all\.html: expected a path in a folder that exists/);
    expect((await ran(["inspect", REF, "--junit", "nowhere/at/all.xml"])).exit).toBe(4);
  });

  it("do not lose the result where a report cannot be written", async () => {
    const taken = join(await scratch(), "taken.html");
    await mkdir(taken);
    const { exit, out, err } = await ran(["inspect", REF, "--report", taken]);
    expect([exit, out]).toEqual([2, (await ran(["inspect", REF])).out]);
    expect(out).toContain("6 scales");
    expect(err).toMatch(/^error: .*taken\.html: expected /);
  });

  it("name the scales by a hash that respelling does not change", async () => {
    const folder = await scratch();
    const hashOf = async (ref: string) => {
      await ran(["inspect", ref, "--report", join(folder, "h.html"), "-q"]);
      return (await readFile(join(folder, "h.html"), "utf8")).match(/scales SHA-256 <code>(\w+)/)?.[1];
    };
    await ran([
      "convert",
      checkpoint("modelopt-fp8"),
      "-e",
      "vllm",
      "-o",
      join(folder, "out"),
      "-q",
      "--no-fsync",
    ]);
    const hash = await hashOf(checkpoint("modelopt-fp8"));
    expect(await hashOf(join(folder, "out"))).toBe(hash);
    expect(await hashOf(REF)).toBe(hash);
    expect(await hashOf(checkpoint("llm-compressor-heads"))).not.toBe(hash);
  });

  it("never hold a token", async () => {
    const file = join(await scratch(), "r.md");
    const { err } = await ran(["inspect", REF, "--report", file, "--token", "hf_abcdefghijklmnop"]);
    expect(err).not.toContain("hf_abcdefghijklmnop");
  });
});

describe("GitHub Actions", () => {
  async function runner() {
    const folder = await scratch();
    const env = {
      GITHUB_ACTIONS: "true",
      GITHUB_OUTPUT: join(folder, "output"),
      GITHUB_STEP_SUMMARY: join(folder, "summary"),
    };
    return { env, read: (name: string) => readFile(join(folder, name), "utf8") };
  }

  it("gets annotations, a summary and outputs where it runs the command", async () => {
    const { env, read } = await runner();
    const { exit, out, err } = await ran(["verify", REF, ...QUICK, "--min-sqnr", "90", "--warn-sqnr", "95"], {
      env,
    });
    expect(exit).toBe(1);
    expect(
      err.split("\n").filter((line) => line.startsWith("::error title=kvscale verify%3A layer ")).length,
    ).toBe(3);
    expect(out).not.toContain("::");
    expect(await read("summary")).toContain("❌ **All 3 layers fail**");
    expect(await read("output")).toMatch(
      /^ok=false\nlevel=fail\nfailing-layers=3\nworst-layer=\d\nworst-sqnr=[\d.]+\n$/,
    );
  });

  it("gets those of a merge too, and of a refusal its one annotation", async () => {
    const { env, read } = await runner();
    const target = join(await scratch(), "out");
    const argv = [
      "merge",
      checkpoint("base-indexed"),
      "--from",
      checkpoint("modelopt-fp8"),
      "--no-fsync",
      "-o",
    ];
    expect((await ran([...argv, target], { env })).exit).toBe(0);
    expect(await read("output")).toContain(`target=${target}\nwritten=true\nlosses=0\n`);
    expect(await read("summary")).toContain("## Files");
    const refused = await ran([...argv, target], { env });
    expect(refused.exit).toBe(2);
    expect(refused.err).toMatch(/^::error title=kvscale merge::/m);
  });

  it("gets those of a push, with its address and its commit", async () => {
    const { env, read } = await runner();
    const hub = await hubForTest();
    for (const [name, value] of Object.entries(envOf(hub))) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const argv = ["push", checkpoint("modelopt-fp8"), "org/new", "--create"];
    expect((await ran(argv, { env })).exit).toBe(0);
    expect(await read("output")).toMatch(
      /^target=org\/new\nwritten=true\nurl=http:.*\/org\/new\ncommit=[0-9a-f]{40}\n/m,
    );
    expect(await read("summary")).toContain("model.safetensors");
    expect((await ran(argv, { env })).exit).toBe(0);
    expect(await read("summary")).toContain("Nothing to push");
    expect(await read("output")).toMatch(/written=false\nurl=.*\ncommit=\n$/);
  });

  it("is told of links that we made ourselves as of files", async () => {
    const { env, read } = await runner();
    const target = join(await scratch(), "out");
    const from = ["merge", checkpoint("base-indexed"), "--from", checkpoint("modelopt-fp8")];
    const { exit, err } = await ran([...from, "--no-fsync", "--link", "symlink", "-o", target], { env });
    expect([exit, err]).toEqual([0, expect.not.stringContaining("::error")]);
    expect(await read("summary")).toContain("scales, written by this run");
  });

  it("gets outputs of a calibration", async () => {
    const { env, read } = await runner();
    const folder = await scratch();
    const at = (name: string) => join(folder, name);
    await writeSmallModel(at("model"));
    await writeFile(at("tokens.json"), JSON.stringify(TOKENS));
    const run = ["calibrate", at("model"), "--tokens", at("tokens.json"), "--backend", "reference"];
    expect((await ran([...run, "-o", at("scales.safetensors")], { env })).exit).toBe(0);
    expect(await read("output")).toBe(`layers=3\ntarget=${at("scales.safetensors")}\nstats=\n`);
    expect(await read("summary")).toContain("✅ **Scales of 3 layers**");
  });

  it("gets an annotation for wrong usage too", async () => {
    const { env } = await runner();
    const { exit, err } = await ran(["inspect", REF, "--no-such-flag"], { env });
    expect([exit, err]).toEqual([
      2,
      expect.stringMatching(/^::error title=kvscale inspect::.*no-such-flag/m),
    ]);
  });

  it("is left alone without it, and on --no-github; --github tells it anywhere", async () => {
    const { env } = await runner();
    const argv = ["inspect", hostile("scales-zero")];
    expect((await ran(argv)).err).not.toContain("::");
    expect((await ran([...argv, "--no-github"], { env })).err).not.toContain("::");
    expect((await ran([...argv, "--github"])).err).toContain("::error title=kvscale inspect%3A scale-zero::");
  });

  it("does not take a name of a checkpoint for a command", async () => {
    const { env } = await runner();
    const folder = await scratch();
    const name = "::warning title=x::y.layers.0.self_attn";
    const tensors = ["k", "v"].map((role) => ({
      name: `${name}.${role}_scale`,
      dtype: "F32" as const,
      shape: [],
      bytes: new Uint8Array([0, 0, 0x80, 0x3d]),
    }));
    await writeFile(join(folder, "model.safetensors"), serialize(tensors));
    await writeFile(join(folder, "config.json"), "{}");
    expect((await ran(["inspect", folder])).out).toMatch(/^::warning title=x::y/m);
    const { out, err } = await ran(["inspect", folder], { env });
    expect(out).toMatch(/^\\u\{3a\}:warning title=x::y/m);
    expect(out + err).not.toMatch(/^\s*::warning title=x/m);
  });

  it("keeps annotations apart from --json", async () => {
    const { env } = await runner();
    const { out } = await ran(["inspect", hostile("scales-zero"), "--json"], { env });
    expect(JSON.parse(out)).toMatchObject({ command: "inspect" });
  });
});
