import { dataRefusal } from "../errors.js";
import type { DialectId } from "./declaration.js";
import type { Wish } from "./dialect.js";
import { DIALECTS, dialectOf } from "./dialects.js";
import type { ConfigDocuments } from "./documents.js";
import { withoutStrayKeys } from "./stray.js";

/**
 * The documents with the KV cache declared in a dialect; everything else keeps its bytes. Throws a data Refusal
 * where the dialect has no word for the wish, or where the quantisation of the weights forbids it.
 */
export function declare(dialect: DialectId, documents: ConfigDocuments, wish: Wish): ConfigDocuments {
  const { about, writing } = dialectOf(dialect);
  if (writing?.formats.includes(wish.format) && writing.strategies.includes(wish.strategy))
    return writing.declare(documents, wish);
  throw dataRefusal("dialect-cannot-say", {
    expected:
      writing === undefined ? "a dialect that engines read" : wordsOf(writing.formats, writing.strategies),
    found: `${about}, which was to declare ${wordsOf([wish.format], [wish.strategy])}`,
    remedy: "Choose an engine whose dialect has words for these scales, or reduce the scales first.",
  });
}

/**
 * The documents without any declaration of a KV cache, in whichever dialect. Undoes `declare` byte for byte: a
 * quantisation object goes whole where it quantised nothing but the cache, and else gets its method's own word
 * for a 16-bit cache back (null for compressed-tensors and nested ModelOpt, an empty group for Quark, no key else).
 */
export function undeclare(documents: ConfigDocuments): ConfigDocuments {
  const kept = DIALECTS.reduce((edited, dialect) => dialect.undeclare(edited), documents);
  return withoutStrayKeys(kept);
}

const GRANULARITY = { tensor: "one scale per layer", attn_head: "one scale per KV head" } as const;

function wordsOf(formats: readonly Wish["format"][], strategies: readonly Wish["strategy"][]): string {
  return `${formats.join(" or ")} with ${strategies.map((strategy) => GRANULARITY[strategy]).join(" or ")}`;
}
