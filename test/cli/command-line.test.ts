import { describe, expect, it } from "vitest";
import { commandLine } from "../../src/cli/command-line.js";
import { ran } from "./terminal.js";

describe("the command line of a report", () => {
  it.each([
    [["inspect", "./a b", "--engine", "vllm"], "kvscale inspect './a b' --engine vllm"],
    [["inspect", "it's"], "kvscale inspect 'it'\\''s'"],
    [["push", "a", "--token", "secret"], "kvscale push a --token …"],
    [["push", "a", "--token=secret"], "kvscale push a --token=…"],
    [["inspect", "hf_abcdefghijk"], "kvscale inspect hf_…"],
    [["inspect", "https://me:pass@host/x"], "kvscale inspect https://…@host/x"],
  ])("%j reads %s", (argv, text) => {
    expect(commandLine(argv)).toBe(text);
  });

  it("a refused one shows no secret either", async () => {
    const { err } = await ran(["doctor", "--token=hf_abcdefghijklmnop"]);
    expect(err).toContain("--token=…");
    expect(err).not.toContain("abcdefg");
  });
});
