import { Box } from "ink";
import type { ReactNode } from "react";
import { shownPart } from "../state/list.js";
import { Said } from "./said.js";

/** A list with a cursor: the part around it that fits, one line an item, and how much lies above and below. */
export function List<T>(props: {
  items: readonly T[];
  cursor: number;
  height: number;
  keyOf: (item: T) => string;
  children: (item: T, marked: boolean) => ReactNode;
}) {
  const { items, cursor, height, keyOf, children } = props;
  const cut = items.length > height;
  const { from, to } = shownPart(cursor, items.length, cut ? height - 1 : height);
  return (
    <Box flexDirection="column" aria-role="list">
      {items.slice(from, to).map((item, at) => (
        <Row key={keyOf(item)} marked={from + at === cursor}>
          {children(item, from + at === cursor)}
        </Row>
      ))}
      {cut ? <Said tone="faint">{`  ${from + 1}–${to} of ${items.length}`}</Said> : null}
    </Box>
  );
}

/** One line that a cursor can stand on. */
export function Row({ marked, children }: { marked: boolean; children: ReactNode }) {
  return (
    <Box aria-role="listitem" aria-state={{ selected: marked }}>
      <Box flexShrink={0} width={2} aria-hidden>
        <Said tone="name">{marked ? "❯" : " "}</Said>
      </Box>
      {children}
    </Box>
  );
}
