import { describe, expect, it } from "vitest";
import { commandLine, stripCommand } from "../../src/engines/launch.js";
import { counted, listed, shellWord, shown } from "../../src/engines/words.js";

describe("names from a checkpoint in a sentence", () => {
  it.each([
    ["model.layers.0", "model.layers.0"],
    ["a\u001b[31mb", "a\\u{1b}[31mb"],
    ["a\u009bb\u202eb\u2028", "a\\u{9b}b\\u{202e}b\\u{2028}"],
    ["x".repeat(300), `${"x".repeat(200)}…`],
  ])("%j is shown as %j", (name, told) => expect(shown(name)).toBe(told));

  it("are counted and listed", () => {
    expect([counted(1, "layer"), counted(2, "layer")]).toEqual(["1 layer", "2 layers"]);
    expect([listed(["a"]), listed(["a", "b", "c"])]).toEqual(["a", "a and 2 more"]);
  });
});

describe("a checkpoint's name in a command", () => {
  it.each([
    ["org/name@rev", "org/name@rev"],
    ["my model", "'my model'"],
    ["it's; rm -rf /", "'it'\\''s; rm -rf /'"],
    ["$(reboot)", "'$(reboot)'"],
    ["-rf", "./-rf"],
    ["", "''"],
  ])("%j is the word %s", (label, word) => {
    expect(shellWord(label)).toBe(word);
    expect(stripCommand(label)).toBe(`kvscale strip ${word} -o OUT`);
  });

  it("stands for DIR wherever it occurs, and is not itself a pattern", () => {
    expect(commandLine("serve DIR --file DIR/x", "a$&b")).toBe("serve 'a$&b' --file 'a$&b'/x");
  });
});
