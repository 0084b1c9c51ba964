import type { Json } from "./json.js";

/** A piece of a file in quotation marks, short and in printable ASCII, whatever it holds. */
export function quoted(piece: string): string {
  const short = piece.length > 40 ? `${piece.slice(0, 40)}…` : piece;
  return JSON.stringify(short).replace(/[^ -~…]/g, escaped);
}

/** A JSON value as a part of a sentence; objects and arrays by their kind alone. */
export function described(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
