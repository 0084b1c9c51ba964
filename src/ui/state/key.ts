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

/** The key that was pressed; nothing for keys without a meaning. */
export function keyOf(text: string, raw: RawKey): Key | undefined {
  const named = NAMES.find(([member]) => raw[member]);
  if (named !== undefined) return { name: named[1], text: "" };
  if (raw.ctrl) {
    const name = WITH_CTRL.get(text);
    return name === undefined ? undefined : { name, text: "" };
  }
  const typed = text.replace(CONTROLS, "");
  return typed === "" || raw.meta ? undefined : { name: "text", text: typed };
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

const WITH_CTRL: ReadonlyMap<string, KeyName> = new Map<string, KeyName>([
  ["c", "interrupt"],
  ["w", "erase-word"],
  ["u", "erase-line"],
  ["a", "home"],
  ["e", "end"],
  ["p", "up"],
  ["n", "down"],
]);

/** A paste may bring line ends and escapes along, some of them as the ends of a bracketed paste. */
const CONTROLS = /\u001b?\[20[01]~|[\u0000-\u001f\u007f-\u009f]/g;
