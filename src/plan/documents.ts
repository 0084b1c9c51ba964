import type { ConfigDocuments } from "../config/documents.js";
import type { Document } from "../document/document.js";
import type { NewText } from "./rewrite.js";

/** The files that edits have changed, made or emptied, as text. */
export function documentTexts(before: ConfigDocuments, after: ConfigDocuments, why: string): NewText[] {
  return KEYS.flatMap((key) => textOf(before[key], after[key], why));
}

const KEYS = ["config", "quantConfig"] as const;

function textOf(before: Document | undefined, after: Document | undefined, why: string): NewText[] {
  if (after === undefined && before === undefined) return [];
  if (after === undefined)
    return [{ path: before!.file, text: undefined, why: "it declared the KV cache only" }];
  return [{ path: after.file, text: after.text, why }];
}
