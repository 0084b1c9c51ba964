/** A key by what it means here; "text" is anything typed or pasted. */
export type KeyName =
  | "up"
  | "down"
  | "left"
  | "right"
  | "page-up"
  | "page-down"
  | "home"
  | "end"
  | "enter"
  | "escape"
  | "tab"
  | "erase"
  | "erase-word"
  | "erase-line"
  | "interrupt"
  | "suspend"
  | "text";

/** One key press; `text` is empty except for "text". */
export interface Key {
  readonly name: KeyName;
  readonly text: string;
}

/** What ink tells of a key press beside the text; the members that matter here. */
export interface RawKey {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly tab: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
}

/**
 * The keys of one input, in order. Usually it is one; fast typing, a slow line and a paste bring several at once, and then
 * ink hands on the text as it came, Enter and Ctrl-C in the middle of it.
 */
export function keysOf(text: string, raw: RawKey): readonly Key[] {
  const named = NAMES.find(([member]) => raw[member]);
  if (named !== undefined) return [{ name: named[1], text: "" }];
  if (raw.ctrl) return controlKey(text === "" ? "" : String.fromCharCode(text.charCodeAt(0) & 0x1f));
  if (raw.meta) return [];
  return text
    .replace(PASTE_ENDS, "")
    .split(CONTROL)
    .flatMap((part) =>
      CONTROL.test(part) ? controlKey(part) : part === "" ? [] : [{ name: "text", text: part }],
    );
}

function controlKey(character: string): readonly Key[] {
  const name = CONTROLS.get(character);
  return name === undefined ? [] : [{ name, text: "" }];
}

/** Terminals send DEL for the backspace key, which ink calls delete. */
const NAMES: readonly (readonly [keyof RawKey, KeyName])[] = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "page-up"],
  ["pageDown", "page-down"],
  ["home", "home"],
  ["end", "end"],
  ["return", "enter"],
  ["escape", "escape"],
  ["tab", "tab"],
  ["backspace", "erase"],
  ["delete", "erase"],
];

const CONTROLS: ReadonlyMap<string, KeyName> = new Map<string, KeyName>([
  ["\u0001", "home"],
  ["\u0003", "interrupt"],
  ["\u0005", "end"],
  ["\b", "erase"],
  ["\t", "tab"],
  ["\n", "enter"],
  ["\r", "enter"],
  ["\u000e", "down"],
  ["\u0010", "up"],
  ["\u0015", "erase-line"],
  ["\u0017", "erase-word"],
  ["\u001a", "suspend"],
  ["\u007f", "erase"],
]);

/** The ends of a bracketed paste, their escape character taken off by ink. */
const PASTE_ENDS = /\u001b?\[20[01]~/g;

/** One control character, kept by `split`. */
const CONTROL = /([\u0000-\u001f\u007f-\u009f])/;
