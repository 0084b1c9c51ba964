import type { JsonInput } from "./json.js";
import type { ObjectNode } from "./tree.js";

/** How the members of one object are set out in a text, so that new ones look like their neighbours. */
export interface Layout {
  /** White space between a comma and the next key. */
  readonly gap: string;
  /** The colon with the white space around it. */
  readonly colon: string;
  /** Line break between members; "" when they share one line. */
  readonly eol: string;
  /** White space at the beginning of the members' lines. */
  readonly indent: string;
  /** White space of one more level. */
  readonly unit: string;
}

/**
 * The layout of the last object of `chain`, which leads from the root to it. An object without members
 * follows its parent; an empty root is given two spaces, as the official writers do.
 */
export function layoutOf(text: string, chain: readonly ObjectNode[]): Layout {
  const own = chain.at(-1);
  if (own === undefined) return { gap: "\n", colon: ": ", eol: "\n", indent: "", unit: "  " };
  if (own.members.length > 0) return filledLayout(text, own, unitOf(text, chain[0]!));
  const outer = layoutOf(text, chain.slice(0, -1));
  if (outer.eol === "") return outer;
  const indent = outer.indent + outer.unit;
  return { ...outer, gap: outer.eol + indent, indent };
}

/** `"key": value` as it would stand in an object of this layout. */
export function printMember(key: string, value: JsonInput, layout: Layout): string {
  return `${JSON.stringify(key)}${layout.colon}${printValue(value, layout)}`;
}

/** A value as it would stand in an object of this layout. Throws a RangeError for NaN and infinities. */
export function printValue(value: JsonInput, layout: Layout): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`${value} is not JSON`);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = deeper(layout);
  if (isArray(value)) {
    return wrapped(
      "[",
      "]",
      layout,
      inner,
      value.map((item) => printValue(item, inner)),
    );
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return wrapped(
    "{",
    "}",
    layout,
    inner,
    entries.map(([key, item]) => printMember(key, item, inner)),
  );
}

/** White space before the closing brace of an object of this layout. */
export function closing(layout: Layout): string {
  return layout.eol === ""
    ? ""
    : layout.eol + layout.indent.slice(0, layout.indent.length - layout.unit.length);
}

function filledLayout(text: string, { begin, members }: ObjectNode, unit: string): Layout {
  const last = members.at(-1)!;
  const colon = plainColon(text.slice(last.keyEnd, last.node.begin));
  const before = members.at(-2)?.node.end;
  const from = before === undefined ? begin : text.indexOf(",", before);
  const gap = text.slice(from + 1, last.begin);
  const eol = /\r\n|\n|\r/.exec(gap)?.[0] ?? "";
  // Between brace and first key there may be a space, or none, that commas do not share.
  if (eol === "" && before === undefined)
    return { gap: colon.endsWith(":") ? "" : " ", colon, eol, indent: "", unit };
  return { gap, colon, eol, indent: afterLastBreak(gap), unit };
}

function unitOf(text: string, root: ObjectNode): string {
  const gap = text.slice(root.begin + 1, root.members[0]?.begin ?? root.begin + 1);
  return /[\r\n]/.test(gap) ? afterLastBreak(gap) : "  ";
}

function afterLastBreak(gap: string): string {
  return /[^\r\n]*$/.exec(gap)![0];
}

function plainColon(colon: string): string {
  return /^[ \t]*:[ \t]*$/.test(colon) ? colon : ": ";
}

function deeper(layout: Layout): Layout {
  if (layout.eol === "") return layout;
  const indent = layout.indent + layout.unit;
  return { ...layout, indent, gap: layout.eol + indent };
}

function wrapped(
  open: string,
  close: string,
  outer: Layout,
  inner: Layout,
  items: readonly string[],
): string {
  if (items.length === 0) return open + close;
  const first = inner.eol === "" ? "" : inner.gap;
  const last = inner.eol === "" ? "" : outer.eol + outer.indent;
  return open + first + items.join(`,${inner.gap}`) + last + close;
}

/** `Array.isArray` does not narrow readonly arrays out of a union. */
function isArray(value: JsonInput): value is readonly JsonInput[] {
  return Array.isArray(value);
}
