import { Box } from "ink";
import { escapeText } from "../../report/escape.js";
import { bodyWidth, type Looks } from "../looks.js";
import { Said } from "../parts/said.js";
import type { FailureScreen } from "../state/state.js";

/** A refusal in its own words, and what to do about it. */
export function Failure({ looks, screen }: { looks: Looks; screen: FailureScreen }) {
  return (
    <Box flexDirection="column" paddingTop={1} width={Math.min(100, bodyWidth(looks))}>
      <Said tone="bad">{screen.title}</Said>
      <Box height={1} />
      <Said wrapped>{escapeText(screen.message)}</Said>
      {screen.remedy === undefined ? null : (
        <Box paddingTop={1}>
          <Said wrapped>{`→ ${escapeText(screen.remedy)}`}</Said>
        </Box>
      )}
    </Box>
  );
}
