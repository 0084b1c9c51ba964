import { Text } from "ink";
import type { ReactNode } from "react";
import type { Tone } from "../../report/paint.js";

/** Text in the colour of a meaning, on one line unless `wrapped`. Only the base colours, never a background. */
export function Said(props: { tone?: Tone | undefined; wrapped?: boolean; children: ReactNode }) {
  const { tone, wrapped, children } = props;
  return (
    <Text wrap={wrapped ? "wrap" : "truncate-end"} {...(tone === undefined ? {} : LOOKS[tone])}>
      {children}
    </Text>
  );
}

const LOOKS: Record<Tone, { bold?: true; dimColor?: true; color?: string }> = {
  strong: { bold: true },
  faint: { dimColor: true },
  good: { color: "green" },
  warn: { color: "yellow" },
  bad: { color: "red" },
  name: { color: "cyan" },
};
