import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/errors.js";
import { envelopeSchema, type SchemaName } from "../../src/report/schemas/schemas.js";
import { checkpoint, hostile, scratch } from "../operations/desk.js";
import { ran } from "./terminal.js";

const BASE = checkpoint("base-indexed");
const FROM = checkpoint("modelopt-fp8");

describe("--json", () => {
  const inspected = [
    "modelopt-fp8",
    "llm-compressor-heads",
    "whisper",
    "ascend",
    "quark",
    "ksanallm",
    "base-single",
  ];

  it.each<[SchemaName, string[]]>([
    ...inspected.map((name): [SchemaName, string[]] => ["inspect", [checkpoint(name)]]),
    ...["scales-nan", "scales-infinite", "stale-shard", "control-characters", "prototype-names"].map(
      (name): [SchemaName, string[]] => ["inspect", [hostile(name)]],
    ),
    ["inspect", [FROM, "--engine", "vllm"]],
    ["extract", [FROM]],
    ["extract", [checkpoint("vllm-json-two-ranks")]],
    ["merge", [BASE, "--from", FROM, "-o", "never", "--dry-run"]],
    ["merge", [checkpoint("base-single"), "--from", FROM, "-o", "never", "-n", "-e", "lightllm"]],
    ["convert", [checkpoint("llm-compressor-heads"), "-e", "tgi-2028", "-o", "never", "-n"]],
    ["strip", [FROM, "-o", "never", "-n"]],
    ["doctor", []],
  ])("%s %j: one envelope that the schema describes", async (command, rest) => {
    const { exit, out, err } = await ran([command, ...rest, "--json"]);
    expect([exit, err]).toEqual([0, ""]);
    const envelope = envelopeSchema(command).parse(JSON.parse(out));
    expect([envelope.ok, envelope.error]).toEqual([true, null]);
    expect(envelope.data).not.toBeNull();
  });

  it.each<[SchemaName, number, string[]]>([
    ["inspect", EXIT.data, [hostile("shard-truncated")]],
    ["extract", EXIT.data, [BASE]],
    ["merge", EXIT.data, [FROM, "--from", FROM, "-o", "never"]],
    ["convert", EXIT.verdict, [FROM, "-e", "tgi-2028", "-o", "never", "--strict"]],
    ["strip", EXIT.data, [hostile("config-not-json"), "-o", "never"]],
  ])("%s: exit %i with the refusal as data", async (command, exit, rest) => {
    const end = await ran([command, ...rest, "--json"]);
    expect([end.exit, end.err]).toEqual([exit, ""]);
    const { ok, data, error } = envelopeSchema(command).parse(JSON.parse(end.out));
    expect([ok, data, error?.exit]).toEqual([false, null, exit]);
    expect(error?.message).toMatch(/expected .*, found /);
  });

  it("says under --strict that the verdict is no, with the report", async () => {
    const { exit, out } = await ran(["inspect", hostile("scales-zero"), "--strict", "--json"]);
    const { ok, data, error } = envelopeSchema("inspect").parse(JSON.parse(out));
    expect([exit, ok, error]).toEqual([1, false, null]);
    expect(data).toMatchObject({ ok: false });
  });

  it("tells wrong usage as data too", async () => {
    const { exit, out, err } = await ran(["merge", BASE, "--json"]);
    expect([exit, err]).toEqual([2, ""]);
    expect(JSON.parse(out)).toMatchObject({ ok: false, data: null, error: { exit: 2 } });
  });

  it("collects warnings", async () => {
    const out = join(await scratch(), "out");
    const done = await ran(["merge", BASE, "--from", FROM, "-o", out, "--json"]);
    expect(envelopeSchema("merge").parse(JSON.parse(done.out)).warnings).toEqual([]);
  });
});

describe("stdout and stderr", () => {
  it("results go to stdout, refusals with their remedy to stderr", async () => {
    const told = await ran(["inspect", FROM]);
    expect([told.err, told.out.endsWith("\n")]).toEqual(["", true]);
    const refused = await ran(["merge", FROM, "--from", FROM, "-o", "never"]);
    expect(refused.out).toBe("");
    expect(refused.err).toMatch(/^error: .*\n {2}help: .*\n$/);
  });

  it("--quiet is silent on stderr, and changes nothing on stdout", async () => {
    const argv = ["merge", BASE, "--from", FROM, "-o", "never", "-n"];
    const [loud, quiet] = [
      await ran(argv, { animated: true }),
      await ran([...argv, "--quiet"], { animated: true }),
    ];
    expect(loud.err).not.toBe("");
    expect([quiet.err, quiet.out]).toEqual(["", loud.out]);
  });

  it("a redrawn line is wiped before the result", async () => {
    const { err } = await ran(["inspect", FROM], { animated: true });
    expect(err).toContain("reading");
    expect(err.endsWith("\r\u001b[K")).toBe(true);
  });

  it("colour only where the terminal has it and --no-color does not forbid it", async () => {
    const plain = await ran(["inspect", FROM]);
    const coloured = await ran(["inspect", FROM], { colour: true });
    const forbidden = await ran(["inspect", FROM, "--no-color"], { colour: true });
    expect(plain.out).not.toContain("\u001b");
    expect(coloured.out).toContain("\u001b[");
    expect(coloured.out.replace(/\u001b\[\d+m/g, "")).toBe(plain.out);
    expect(forbidden.out).toBe(plain.out);
  });

  it.each(["control-characters", "prototype-names"])(
    "nothing of %s reaches the terminal raw",
    async (name) => {
      const { out, err } = await ran(["inspect", hostile(name)]);
      expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      if (name === "control-characters") expect(out).toContain("\\u{1b}[2J\\u{202e}");
    },
  );

  it("no line is wider than the terminal, tables of long names aside", async () => {
    const { out } = await ran(["merge", BASE, "--from", FROM, "-o", "never", "-n", "-e", "vllm"], {
      width: 72,
    });
    const wide = out.split("\n").filter((line) => line.length > 72);
    expect(wide).toEqual([]);
  });
});
