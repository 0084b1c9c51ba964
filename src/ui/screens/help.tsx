import { Box } from "ink";
import { Said } from "../parts/said.js";

/** Every key, and the words that the screens use. */
export function Help() {
  const wide = Math.max(...KEYS.map(([key]) => key.length));
  return (
    <Box flexDirection="column" paddingTop={1}>
      <Said tone="strong">Keys</Said>
      {KEYS.map(([key, meaning]) => (
        <Said key={key}>
          {`  ${key.padEnd(wide + 3)}`}
          <Said tone="faint">{meaning}</Said>
        </Said>
      ))}
      <Box height={1} />
      <Said tone="strong">Words</Said>
      {WORDS.map(([word, meaning]) => (
        <Said key={word}>
          {`  ${word.padEnd(wide + 3)}`}
          <Said tone="faint">{meaning}</Said>
        </Said>
      ))}
    </Box>
  );
}

const KEYS = [
  ["↑ ↓ PgUp PgDn", "move, or scroll"],
  ["Enter", "go on; in a form, change what is marked"],
  ["Esc", "one step back; stops work that is under way"],
  ["Tab", "next part; where a path is typed, complete it"],
  ["Space ← →", "open and close, or go through choices"],
  ["/", "search a list by a few letters of a name"],
  ["q", "leave"],
  ["Ctrl-C", "stop what is under way, undo it, and leave"],
  ["Ctrl-Z", "pause; fg goes on"],
] as const;

const WORDS = [
  ["k, v, kv, q", "what a scale multiplies: keys, values, both, queries"],
  ["◆", "far off its role's median: 4 times or more, and beyond the usual spread"],
  ["runs at 1.0", "an FP8 cache without its scales, in silence"],
] as const;
