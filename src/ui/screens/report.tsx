import { Box } from "ink";
import type { Looks } from "../looks.js";
import { Said } from "../parts/said.js";
import { IN_ONE_LINE, oneLine, reportHeight, reportLines } from "../report-lines.js";
import { waysOf } from "../state/report-keys.js";
import type { ReportScreen } from "../state/screen.js";
import { Lines } from "./lines.js";

/** What would be done, or was: the command's own report, the same in one line, and the ways on. */
export function Report({ looks, screen }: { looks: Looks; screen: ReportScreen }) {
  const height = reportHeight(screen, looks);
  return (
    <Box flexDirection="column">
      <Box flexDirection="column" {...(looks.reader ? {} : { height })}>
        <Lines
          lines={reportLines(screen, looks)}
          offset={screen.offset}
          height={looks.reader ? 10_000 : height}
        />
      </Box>
      <Box height={1} />
      {oneLine(screen, looks).map((line) => (
        <Said key={line}>
          <Said tone="faint">{line.slice(0, IN_ONE_LINE.length)}</Said>
          {line.slice(IN_ONE_LINE.length)}
        </Said>
      ))}
      <Box height={1} />
      <Box>
        {waysOf(screen).map(({ id, title }, at) => (
          <Box
            key={id}
            paddingRight={3}
            flexShrink={0}
            aria-role="button"
            aria-state={{ selected: at === screen.cursor }}
          >
            <Said tone="name">{at === screen.cursor ? "❯ " : "  "}</Said>
            <Said tone={at === screen.cursor ? "strong" : "faint"}>{title}</Said>
          </Box>
        ))}
      </Box>
    </Box>
  );
}
