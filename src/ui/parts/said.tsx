import { Text } from "ink";
import type { ReactNode } from "react";
import type { Tone } from "../../report/paint.js";

/** Text in the colour of a meaning, on one line, cut where it is too long. Only the base colours, never a background. */
export function Said({ tone, children }: { tone?: Tone | undefined; children: ReactNode }) {
  return (
    <Text wrap="truncate-end" {...(tone === undefined ? {} : LOOKS[tone])}>
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
