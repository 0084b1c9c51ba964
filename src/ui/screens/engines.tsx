import { Box } from "ink";
import type { Readiness } from "../../engines/verdict.js";
import { escapeText } from "../../report/escape.js";
import { VERDICT_TONES, VERDICT_WORDS } from "../../report/readiness-text.js";
import { bodyWidth, isWide, type Looks } from "../looks.js";
import { List } from "../parts/list.js";
import { Paragraph } from "../parts/paragraph.js";
import { Said } from "../parts/said.js";
import { useSigns } from "../parts/sign.js";
import { enginesOf } from "../state/overview-keys.js";
import type { OverviewScreen } from "../state/screen.js";

/** Lines that one engine in full may take where it stands below the list. */
const DETAIL = 7;

/** Lines of the list at least, its head among them. */
const LEAST = 5;

/** What each engine will do, and the one under the cursor in full. */
export function Engines({ looks, screen, height }: { looks: Looks; screen: OverviewScreen; height: number }) {
  const engines = enginesOf(screen);
  const cursor = Math.min(screen.cursors.engines, engines.length - 1);
  const wide = isWide(looks);
  const reason = !wide && !looks.reader;
  const under = engines[cursor];
  const listHeight = wide || looks.reader ? Math.max(height, LEAST) : Math.max(LEAST, height - DETAIL);
  const listWidth = wide ? 50 : bodyWidth(looks);
  return (
    <Box flexDirection={wide ? "row" : "column"}>
      <Box
        flexDirection="column"
        width={listWidth}
        flexShrink={0}
        {...(wide || looks.reader ? {} : { height: listHeight })}
      >
        <Head reason={reason} />
        <List items={engines} cursor={cursor} height={listHeight} keyOf={({ engine }) => engine}>
          {(ready, marked) => <EngineLine ready={ready} marked={marked} reason={reason} />}
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
  const sign = useSigns();
  return (
    <Said>
      <Said tone={marked ? "strong" : undefined}>{ready.engine.padEnd(WIDTHS.engine)}</Said>
      <Said tone={VERDICT_TONES[ready.verdict]}>
        {sign(`${MARKS[ready.verdict]} `) + VERDICT_WORDS[ready.verdict].padEnd(WIDTHS.verdict)}
      </Said>
      <Said>{layersOf(ready).padEnd(WIDTHS.layers)}</Said>
      {reason ? <Said tone="faint">{escapeText(ready.reason)}</Said> : null}
    </Said>
  );
}

function Head({ reason }: { reason: boolean }) {
  const { engine, verdict, layers } = WIDTHS;
  const titles = `  ${"engine".padEnd(engine)}  ${"does".padEnd(verdict)}${"scaled".padEnd(layers)}`;
  return <Said tone="faint">{titles + (reason ? "why" : "")}</Said>;
}

const WIDTHS = { engine: 16, verdict: 14, layers: 9 };

/** Of the layers that would run with an FP8 cache, those on scales of their own; nothing where none would. */
function layersOf({ verdict, effective }: Readiness): string {
  if (effective.length === 0) return "-";
  const scaled = effective.filter(({ k, v }) => verdict === "loads" || k !== 1 || v !== 1);
  return `${scaled.length}/${effective.length}`;
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
