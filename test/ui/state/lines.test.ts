import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closeness, fuzzy } from "../../../src/ui/state/fuzzy.js";
import { type Key, type KeyName, keysOf, type RawKey } from "../../../src/ui/state/key.js";
import { moveCursor, shownPart } from "../../../src/ui/state/list.js";
import { edit, type TextLine, textLine } from "../../../src/ui/state/text-line.js";

const NONE: RawKey = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageUp: false,
  pageDown: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  tab: false,
  backspace: false,
  delete: false,
  ctrl: false,
  meta: false,
};

const key = (name: KeyName, text = ""): Key => ({ name, text });
const type = (text: string): Key => key("text", text);

describe("keys", () => {
  it.each<[what: string, text: string, raw: Partial<RawKey>, expected: Key[]]>([
    ["an arrow", "", { upArrow: true }, [key("up")]],
    ["Enter", "\r", { return: true }, [key("enter")]],
    ["backspace, which arrives as delete", "", { delete: true }, [key("erase")]],
    ["Ctrl-C", "c", { ctrl: true }, [key("interrupt")]],
    ["Ctrl-U", "u", { ctrl: true }, [key("erase-line")]],
    ["a Ctrl key without a meaning", "k", { ctrl: true }, []],
    ["a Ctrl key without a name", "", { ctrl: true }, []],
    ["a letter", "x", {}, [type("x")]],
    ["a name and Enter at once", "./a\r", {}, [type("./a"), key("enter")]],
    ["backspace held down", "\u007f\u007f", {}, [key("erase"), key("erase")]],
    ["Ctrl-C behind letters", "ab\u0003", {}, [type("ab"), key("interrupt")]],
    ["a bracketed paste", "[200~/tmp/x\u001b[201~", {}, [type("/tmp/x")]],
    ["control characters without a meaning", "\u0000\u0007\u009b", {}, []],
    ["Alt and a letter", "x", { meta: true }, []],
    ["Escape, which ink also calls meta", "", { escape: true, meta: true }, [key("escape")]],
  ])("%s", (_what, text, raw, expected) => {
    expect(keysOf(text, { ...NONE, ...raw })).toEqual(expected);
  });
});

describe("a line of text", () => {
  it.each<[what: string, line: TextLine, keys: Key[], expected: TextLine]>([
    ["typing at the end", textLine("ab"), [type("c")], { text: "abc", at: 3 }],
    ["typing in the middle", { text: "ac", at: 1 }, [type("b")], { text: "abc", at: 2 }],
    ["erasing a character of two code units", textLine("a😀"), [key("erase")], { text: "a", at: 1 }],
    ["erasing at the start", { text: "a", at: 0 }, [key("erase")], { text: "a", at: 0 }],
    [
      "erasing a word goes back to the slash",
      textLine("./models/big"),
      [key("erase-word")],
      textLine("./models/"),
    ],
    ["and then to the one before", textLine("./models/"), [key("erase-word")], textLine("./")],
    ["erasing the line", textLine("abc"), [key("erase-line")], textLine("")],
    ["left, left, right", textLine("abc"), [key("left"), key("left"), key("right")], { text: "abc", at: 2 }],
    ["home, then further left", textLine("abc"), [key("home"), key("left")], { text: "abc", at: 0 }],
    ["end, then further right", { text: "abc", at: 0 }, [key("end"), key("right")], { text: "abc", at: 3 }],
  ])("%s", (_what, line, keys, expected) => {
    expect(keys.reduce(edit, line)).toEqual(expected);
  });

  it("keeps the cursor within the text, whatever is pressed", () => {
    const names: KeyName[] = [
      "left",
      "right",
      "home",
      "end",
      "erase",
      "erase-word",
      "erase-line",
      "up",
      "enter",
    ];
    const press = fc.oneof(
      fc.constantFrom(...names).map((name) => key(name)),
      fc.string({ unit: "grapheme", minLength: 1 }).map(type),
    );
    fc.assert(
      fc.property(fc.array(press, { maxLength: 40 }), (keys) => {
        const { text, at } = keys.reduce(edit, textLine(""));
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual([...text].length);
      }),
    );
  });

  it("is the very same for keys that do not edit", () => {
    const line = textLine("abc");
    expect(edit(line, key("up"))).toBe(line);
    expect(edit(line, key("right"))).toBe(line);
  });
});

describe("a fuzzy search", () => {
  it.each([
    ["vllm", ["sglang", "vllm-legacy", "vllm"], ["vllm-legacy", "vllm"]],
    [
      "l7",
      ["model.layers.17.self_attn", "model.layers.7.self_attn"],
      ["model.layers.7.self_attn", "model.layers.17.self_attn"],
    ],
    ["ML3", ["Llama-3", "meta-llama-3"], ["meta-llama-3"]],
    ["", ["b", "a"], ["b", "a"]],
    ["x", ["a", "b"], []],
  ])("%j in %j", (query, items, expected) => {
    expect(fuzzy(query, items, (item) => item)).toEqual(expected);
  });

  it("finds every text by any of its subsequences, and nothing by a letter too many", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.boolean()), (text, taken) => {
        const part = [...text].filter((_, at) => taken[at]).join("");
        expect(closeness(part, text)).toBeDefined();
        expect(closeness(`${text}\u{1F600}`, text)).toBeUndefined();
      }),
    );
  });
});

describe("a list", () => {
  it("stops at its ends", () => {
    expect(moveCursor(0, 3, key("up"))).toBe(0);
    expect(moveCursor(2, 3, key("down"))).toBe(2);
    expect(moveCursor(1, 30, key("page-down"))).toBe(11);
    expect(moveCursor(5, 30, key("end"))).toBe(29);
    expect(moveCursor(5, 30, key("home"))).toBe(0);
    expect(moveCursor(0, 3, key("up"), 10, -1)).toBe(-1);
    expect(moveCursor(1, 3, type("x"))).toBe(1);
  });

  it("always shows its cursor, and as much as fits", () => {
    const sizes = fc.record({
      count: fc.integer({ min: 1, max: 200 }),
      height: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(sizes, fc.nat(), ({ count, height }, at) => {
        const cursor = at % count;
        const { from, to } = shownPart(cursor, count, height);
        expect(to - from).toBe(Math.min(count, height));
        expect(from).toBeLessThanOrEqual(cursor);
        expect(to).toBeGreaterThan(cursor);
      }),
    );
  });
});
