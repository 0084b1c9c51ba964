import { describe, expect, it } from "vitest";
import { inspect } from "../../src/operations/inspect.js";
import { coloured, plain } from "../../src/report/paint.js";
import { scaleTable } from "../../src/report/scale-table.js";
import { checkpoint, hostile, unheard } from "../operations/desk.js";

const view = { width: 120, paint: plain };

describe("the table of scales", () => {
  it("has one line a site and one column a role, and says repeated things once", async () => {
    const lines = await tableOf(checkpoint("autofp8"));
    expect(lines[0]).toBe("6 scales on 3 of 3 attention modules, float8_e4m3fn");
    expect(lines[1]).toMatch(/^site +k +v +stored +spelling +file$/);
    expect(lines[2]).toMatch(
      /^model\.layers\.0\.self_attn +0\.\d+ +0\.\d+ +F32 \[\] +k_scale +model\.safetensors$/,
    );
    expect(lines[3]).toMatch(/^model\.layers\.1\.self_attn +0\.\d+ +0\.\d+$/);
    expect(lines.length).toBe(5);
  });

  it("shows scales per head as their range and count", async () => {
    const lines = await tableOf(checkpoint("llm-compressor-heads"));
    expect(lines[2]).toMatch(/0\.\d+…0\.\d+ \(2\)/);
  });

  it("says how scales are stored below the numbers where the terminal is narrow", async () => {
    const report = await inspect({ ref: checkpoint("autofp8") }, unheard);
    const lines = scaleTable(report, { width: 60, paint: plain }).join("\n").split("\n");
    expect(lines[1]).toMatch(/^site +k +v$/);
    expect(lines[2]).toMatch(/^model\.layers\.0\.self_attn +0\.\d+ +0\.\d+$/);
    expect(lines.slice(5)).toEqual(["  stored as F32 [], k_scale, model.safetensors"]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it("says absent, never a number, where a role is missing", async () => {
    const lines = await tableOf(hostile("scales-kv-beside-pair"));
    expect(lines[1]).toMatch(/^site +kv +k +v /);
    const report = await inspect({ ref: hostile("scales-kv-beside-pair") }, unheard);
    const scales = report.scales.filter(({ role, layer }) => role !== "v" || layer !== 1);
    const drawn = scaleTable({ ...report, scales }, view)
      .join("\n")
      .split("\n");
    expect(drawn[3]).toMatch(/ absent/);
    expect(drawn[2]).not.toMatch(/ absent/);
  });

  it("shows numbers of a JSON file as such", async () => {
    expect((await tableOf(checkpoint("vllm-json-two-ranks"))).join("\n")).toContain("JSON");
  });

  it("says so where there are none", async () => {
    expect(await tableOf(checkpoint("base-single"))).toEqual(["No KV scales in 3 attention modules."]);
  });

  it("escapes hostile names", async () => {
    const text = (await tableOf(hostile("control-characters"))).join("\n");
    expect(text).toContain("\\u{1b}[2J\\u{202e}gnp.model.layers.0.self_attn");
    expect(text).not.toMatch(/[\u001b\u202e]/);
  });

  it("is the same table in colour", async () => {
    const report = await inspect({ ref: checkpoint("quark") }, unheard);
    const painted = scaleTable(report, { width: 120, paint: coloured }).join("\n");
    expect(painted.replaceAll(/\u001b\[\d+m/g, "")).toBe(scaleTable(report, view).join("\n"));
  });
});

async function tableOf(ref: string): Promise<string[]> {
  return scaleTable(await inspect({ ref }, unheard), view)
    .join("\n")
    .split("\n");
}
