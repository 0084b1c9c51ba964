import { Box } from "ink";
import type { Readiness } from "../../engines/verdict.js";
import { escapeText } from "../../report/escape.js";
import { VERDICT_TONES, VERDICT_WORDS } from "../../report/readiness-text.js";
import { bodyWidth, isWide, type Looks } from "../looks.js";
import { List } from "../parts/list.js";
import { Paragraph } from "../parts/paragraph.js";
import { Said } from "../parts/said.js";
import { enginesOf } from "../state/overview-keys.js";
import type { OverviewScreen } from "../state/screen.js";

/** Lines that one engine in full may take where it stands below the list. */
const DETAIL = 7;

/** What each engine will do, and the one under the cursor in full. */
export function Engines({ looks, screen, height }: { looks: Looks; screen: OverviewScreen; height: number }) {
  const engines = enginesOf(screen);
  const cursor = Math.min(screen.cursors.engines, engines.length - 1);
  const wide = isWide(looks);
  const under = engines[cursor];
  const listWidth = wide ? 50 : bodyWidth(looks);
  return (
    <Box flexDirection={wide ? "row" : "column"}>
      <Box
        flexDirection="column"
        width={listWidth}
        flexShrink={0}
        {...(wide ? {} : { height: height - DETAIL })}
      >
        <List
          items={engines}
          cursor={cursor}
          height={wide ? height : height - DETAIL}
          keyOf={({ engine }) => engine}
        >
          {(ready, marked) => <EngineLine ready={ready} marked={marked} reason={!wide} />}
        </List>
      </Box>
      {under === undefined ? null : (
        <Box flexDirection="column" paddingTop={wide ? 0 : 1}>
          <EngineInFull ready={under} width={wide ? Math.min(90, bodyWidth(looks) - listWidth) : listWidth} />
        </Box>
      )}
    </Box>
  );
}

function EngineLine({ ready, marked, reason }: { ready: Readiness; marked: boolean; reason: boolean }) {
  return (
    <Said>
      <Said tone={marked ? "strong" : undefined}>{ready.engine.padEnd(16)}</Said>
      <Said tone={VERDICT_TONES[ready.verdict]}>
        {`${MARKS[ready.verdict]} ${VERDICT_WORDS[ready.verdict].padEnd(14)}`}
      </Said>
      {reason ? <Said tone="faint">{escapeText(ready.reason)}</Said> : null}
    </Said>
  );
}

/** Told by shape as well as by colour. */
const MARKS: Record<Readiness["verdict"], string> = {
  loads: "●",
  partial: "◐",
  ignores: "○",
  refuses: "×",
  unit: "!",
};

function EngineInFull({ ready, width }: { ready: Readiness; width: number }) {
  return (
    <Box flexDirection="column">
      <Paragraph text={ready.reason} width={width} />
      {ready.launch === undefined ? null : (
        <Paragraph prefix="launch: " text={ready.launch} width={width} tone="good" />
      )}
      {ready.remedies.map((remedy) => (
        <Paragraph key={remedy} prefix="→ " text={remedy} width={width} tone="faint" />
      ))}
    </Box>
  );
}
