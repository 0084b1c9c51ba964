import { Box } from "ink";
import { bodyWidth, type Looks } from "../looks.js";
import { Paragraph } from "../parts/paragraph.js";
import { Said } from "../parts/said.js";
import type { FailureScreen } from "../state/screen.js";

/** Longer lines are hard to read. */
const WIDEST = 100;

/** A refusal in its own words, and what to do about it. */
export function Failure({ looks, screen }: { looks: Looks; screen: FailureScreen }) {
  const width = Math.min(WIDEST, bodyWidth(looks));
  return (
    <Box flexDirection="column" paddingTop={1}>
      <Said tone="bad">{screen.title}</Said>
      <Box height={1} />
      <Paragraph text={screen.message} width={width} />
      <Box height={1} />
      {screen.remedy === undefined ? null : <Paragraph prefix="→ " text={screen.remedy} width={width} />}
    </Box>
  );
}
