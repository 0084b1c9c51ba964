import { dataRefusal, usageRefusal } from "../errors.js";
import type { Spelling, WrittenSpelling } from "./spelling.js";
import { SPELLINGS, WRITABLE } from "./spellings.js";

/** The row with this id; throws a usage Refusal that lists the ids there are. */
export function spellingOf(id: string): Spelling {
  const row = SPELLINGS.find((candidate) => candidate.id === id);
  if (row !== undefined) return row;
  throw usageRefusal("unknown-spelling", {
    expected: `a spelling among ${SPELLINGS.map((candidate) => candidate.id).join(", ")}`,
    found: JSON.stringify(id),
  });
}

/** The row with this id, if kvscale writes it; throws a data Refusal with the row's reason otherwise. */
export function writableSpelling(id: string): WrittenSpelling {
  const row = spellingOf(id);
  if (row.status === "read-write") return row;
  throw dataRefusal("spelling-not-written", {
    expected: `a spelling that is written (${WRITABLE.join(", ")})`,
    found: `"${id}": ${row.why}`,
  });
}
