import { Box } from "ink";
import type { ReactNode } from "react";
import { escapeText } from "../../report/escape.js";
import type { Looks } from "../looks.js";
import { textWidth } from "../text-width.js";
import { Said } from "./said.js";
import { useSigns } from "./sign.js";

/** A key and what it does here. */
export type Hint = readonly [key: string, meaning: string];

/** The same on every screen: where we are, the content, the keys. */
export function Frame(props: {
  looks: Looks;
  way: readonly string[];
  hints: readonly Hint[];
  children: ReactNode;
}) {
  const { looks, way, hints, children } = props;
  const height = looks.reader ? {} : { height: looks.rows };
  const sign = useSigns();
  return (
    <Box flexDirection="column" width={looks.columns} {...height}>
      <Box paddingX={1} flexShrink={0}>
        <Said>
          <Said tone="strong">kvscale</Said>
          <Said tone="faint">{way.map((part) => `${sign("  ›  ", ", ")}${escapeText(part)}`).join("")}</Said>
        </Said>
      </Box>
      <Box flexShrink={0} aria-hidden>
        <Said tone="faint">{"─".repeat(looks.columns)}</Said>
      </Box>
      <Box flexDirection="column" flexGrow={1} paddingX={1} overflow="hidden">
        <Box flexDirection="column" flexShrink={0}>
          {children}
        </Box>
      </Box>
      <Box paddingX={1} paddingTop={1} flexShrink={0}>
        <Said>
          {fitting(hints, looks.columns - 2).map(([key, meaning], at) => (
            <Said key={key}>
              {at === 0 ? "" : "   "}
              {sign(key, NAMES.get(key) ?? key)}
              <Said tone="faint"> {meaning}</Said>
            </Said>
          ))}
        </Said>
      </Box>
    </Box>
  );
}

/** Keys whose signs are drawings. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["↑↓", "Up and Down"],
  ["←→", "Left and Right"],
  ["/", "Slash"],
  ["?", "Question mark"],
]);

/** The first hints that fit; the help has all keys. */
function fitting(hints: readonly Hint[], width: number): readonly Hint[] {
  let room = width;
  return hints.filter(([key, meaning]) => {
    room -= textWidth(key) + 1 + textWidth(meaning) + 3;
    return room + 3 >= 0;
  });
}
