import { Box } from "ink";
import { hanging } from "../../report/columns.js";
import { escapeText } from "../../report/escape.js";
import type { Tone } from "../../report/paint.js";
import { Said } from "./said.js";

/** A sentence broken at spaces to a width, its further lines indented as far as its first prefix. Escapes it. */
export function Paragraph(props: { text: string; width: number; tone?: Tone; prefix?: string }) {
  const { text, width, tone, prefix = "" } = props;
  return (
    <Box flexDirection="column">
      {hanging(prefix, escapeText(text), width).map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line has no identity but its place
        <Said key={at} tone={tone}>
          {line}
        </Said>
      ))}
    </Box>
  );
}
