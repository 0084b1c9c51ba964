import { describe, expect, it } from "vitest";
import { checkpoint, hostile } from "../operations/desk.js";
import { ran } from "./terminal.js";

/** Committed reports, read and approved by people; a change of words shows up in the review of these files. */
describe("what inspect says", () => {
  it.each([
    ["autofp8", checkpoint("autofp8")],
    ["llm-compressor-heads", checkpoint("llm-compressor-heads")],
    ["whisper", checkpoint("whisper")],
    ["scales-contradicting", hostile("scales-contradicting")],
    ["stale-shard", hostile("stale-shard")],
  ])("of %s is the committed text", async (name, ref) => {
    const { exit, out, err } = await ran(["inspect", ref]);
    expect([exit, err]).toEqual([0, ""]);
    await expect(out).toMatchFileSnapshot(`../../fixtures/golden/inspect-${name}.txt`);
  });

  it.each([
    ["modelopt-deepseek-draft", checkpoint("modelopt-deepseek-draft"), "vllm"],
    ["control-characters", hostile("control-characters"), "tgi"],
  ])("of %s as data is the committed JSON", async (name, ref, engine) => {
    const { exit, out, err } = await ran(["inspect", ref, "--engine", engine, "--json"]);
    expect([exit, err]).toEqual([0, ""]);
    await expect(out).toMatchFileSnapshot(`../../fixtures/golden/inspect-${name}.json`);
  });
});
