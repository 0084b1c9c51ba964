import type { Json, JsonObject } from "./json.js";

/** A value and its span in the text, as UTF-16 offsets. */
export interface Node {
  readonly begin: number;
  readonly end: number;
  readonly value: Json;
}

/** One `"key": value` of an object; `begin` is the opening quotation mark, `keyEnd` is past the closing one. */
export interface Member {
  readonly key: string;
  readonly begin: number;
  readonly keyEnd: number;
  readonly node: Node;
}

/** An object's span and members in the order of the text; `repeated` are the keys that occur twice. */
export interface ObjectNode extends Node {
  readonly value: JsonObject;
  readonly members: readonly Member[];
  readonly repeated: readonly string[];
}

/** True for nodes that are objects. */
export function isObjectNode(node: Node | undefined): node is ObjectNode {
  return node !== undefined && "members" in node;
}
