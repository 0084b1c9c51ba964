import { describe, expect, it } from "vitest";
import type { PushedFile, PushFacts, Way } from "../../src/checkpoint/hub/push-target.js";
import { plain } from "../../src/report/paint.js";
import { pushLines, pushText } from "../../src/report/push-text.js";

const view = { width: 100, paint: plain };

describe("a push as text", () => {
  it("counts the files of each way, and names those that are removed", () => {
    const facts = factsOf(["a", "send"], ["b", "send"], ["c", "same"], ["old\u001b.safetensors", "delete"]);
    expect(shown(facts, false)).toEqual([
      "Pushed commit 123456789abc: http://hub/org/new",
      "  uploaded      2 files  20 bytes",
      "  as they were   1 file  10 bytes",
      "  removed        1 file  10 bytes",
      "    old\\u{1b}.safetensors",
    ]);
  });

  it("lists requests under a dry run alone", () => {
    const facts = { ...factsOf(["a", "send"]), commit: null };
    expect(shown(facts, true).slice(2)).toEqual([
      "To be uploaded:",
      "  a    10 bytes",
      "Requests that change the Hub, at most (a large file may go in parts):",
      "  commit  1 request",
    ]);
    expect(shown(factsOf(["a", "send"]), false)).toHaveLength(2);
  });

  it("names what it would send, up to forty files, and what it leaves out", () => {
    const facts = factsOf(...Array.from({ length: 42 }, (_, at): [string, Way] => [`f${at}`, "send"]));
    expect(shown(facts, true)).toEqual(expect.arrayContaining(["  f39    10 bytes", "  and 2 files more"]));
    const report = { push: factsOf(["a", "send"]), written: true, leftOut: [".env", ".a\u001b"] };
    const text = pushText({ ...report, result: { findings: [] as const } as never }, false, view);
    expect(text).toContain("left out, since hidden files may hold secrets: .env, .a\\u{1b}");
  });

  it.each(["public", "private"] as const)("says who may see a repository that is made: %s", (visibility) => {
    const facts = { ...factsOf(["a", "send"]), created: true, visibility };
    const address = `a new ${visibility} repository http://hub/org/new`;
    expect(shown(facts, true)[0]).toBe(`Would push (dry run) to ${address}`);
    expect(shown(facts, false)[0]).toBe(`Pushed commit 123456789abc: ${address}`);
  });

  it("says that there was nothing to push", () => {
    expect(shown(factsOf(["a", "same"]), true)[0]).toBe("Nothing to push, all is there: http://hub/org/new");
  });
});

function shown(facts: PushFacts, dryRun: boolean): string[] {
  const text = pushLines(facts, dryRun, view).join("\n");
  return text.split("\n").map((line) => line.trimEnd());
}

function factsOf(...files: [path: string, way: Way][]): PushFacts {
  return {
    repository: "org/new",
    branch: "main",
    url: "http://hub/org/new",
    created: false,
    visibility: null,
    commit: "123456789abcdef",
    pullRequest: null,
    files: files.map(([path, way]): PushedFile => ({ path, bytes: 10, way })),
    requests: [{ what: "commit", count: 1, bytes: 0 }],
  };
}
