import { Box, Text } from "ink";

/** Ready-made lines of text, from `offset` on as many as fit; what lies beyond is counted on the last line. */
export function Lines(props: { lines: readonly string[]; offset: number; height: number }) {
  const { lines, height } = props;
  const cut = lines.length > height;
  const room = cut ? height - 1 : height;
  const from = Math.max(0, Math.min(props.offset, lines.length - room));
  const shown = lines.slice(from, from + room);
  return (
    <Box flexDirection="column">
      {shown.map((line, at) => (
        // Lines have no identity but their place.
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <Text key={from + at} wrap="truncate-end">
          {line === "" ? " " : line}
        </Text>
      ))}
      {cut ? <Text dimColor>{`${from + 1}–${from + shown.length} of ${lines.length} lines`}</Text> : null}
    </Box>
  );
}
