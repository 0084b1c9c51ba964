import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ran } from "../cli/terminal.js";
import { checkpoint, hostile, scratch } from "../operations/desk.js";
import { pageText } from "./blocks.js";

const BASE = checkpoint("base-indexed");
const FROM = checkpoint("modelopt-fp8");

/** What provokes each message of the table "From kvscale", in its order. */
const PROVOKED: readonly (() => Promise<string[]> | string[])[] = [
  () => ["extract", BASE],
  () => ["merge", FROM, "--from", BASE, "-o", "never"],
  () => ["inspect", "fixtures/checkpoints"],
  () => ["merge", FROM, "--from", FROM, "-o", "never"],
  () => ["inspect", hostile("shard-lfs-pointer")],
  () => ["merge", BASE, "--from", FROM, "-o", FROM.replace("modelopt-fp8", "quark")],
  () => ["doctor"],
  async () => {
    const file = join(await scratch(), "kvscale.config.json");
    await writeFile(file, '{"enigne": "vllm"}');
    return ["inspect", FROM, "--config", file];
  },
];

describe("messages that people search for", () => {
  const [table = ""] = /## From kvscale\n([\s\S]*?)\n## /.exec(pageText("docs/troubleshooting.md")) ?? [];
  const messages = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, message]) => message!);

  it("each have a command here that provokes them", () => {
    expect(messages).toHaveLength(PROVOKED.length);
  });

  it.each(messages.map((message, at) => [message, at] as const))("%s", async (message, at) => {
    const { out, err } = await ran(await PROVOKED[at]!());
    const pieces = message.split(/ ?… ?/).map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    // Which kernels there are depends on the machine; the line of one is there on all.
    const wanted = message.startsWith("backend cpu") ? "backend cpu +(no|yes)" : pieces.join(".*");
    expect(out + err).toMatch(new RegExp(wanted));
  });
});
