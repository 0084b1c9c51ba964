import { Box } from "ink";
import type { ScaleRow } from "../../operations/scale-rows.js";
import { countText, rangesText, scaleText } from "../../report/words.js";
import type { Looks } from "../looks.js";
import { Said } from "../parts/said.js";
import { type Bars, barsOf, type Cell } from "../plot/bars.js";
import { marksOf } from "../plot/marks.js";
import { type Series, seriesOf } from "../plot/series.js";

/** Columns of the axis, left of the bars. */
const AXIS = 12;

/** Lines of one band of bars at least and at most. */
const LEAST = 2;
const MOST = 7;

/** The roles that are drawn: as many bands as there is room for, the cache's own first. */
function bandsOf(scales: readonly ScaleRow[], height: number): { series: readonly Series[]; lines: number } {
  const all = seriesOf(scales);
  const count = Math.max(1, Math.min(all.length, Math.floor((height - 1) / LEAST), 3));
  const series = all.slice(0, count);
  const lines = Math.floor((height - between(series)) / series.length);
  return { series, lines: Math.max(1, Math.min(MOST, lines)) };
}

/** Lines that are no bars: a gap or marks after each band but the last, marks after that one if it has any, the axis. */
function between(series: readonly Series[]): number {
  return series.length - 1 + (hasOutliers(series.at(-1)) ? 1 : 0) + 1;
}

function hasOutliers(series: Series | undefined): boolean {
  return series?.points.some(({ outlier }) => outlier) ?? false;
}

/** Lines that the plot takes within `height`. */
export function plotHeight(scales: readonly ScaleRow[], height: number): number {
  const { series, lines } = bandsOf(scales, height);
  return series.length * lines + between(series);
}

/** Scale by layer, one band of bars a role, outliers marked and named; sentences for a screen reader. */
export function Plot(props: { scales: readonly ScaleRow[]; looks: Looks; width: number; height: number }) {
  const { scales, looks, width, height } = props;
  const { series, lines } = bandsOf(scales, height);
  if (looks.reader) return <Spoken series={seriesOf(scales)} />;
  const drawn = series.map((one) => ({ one, bars: barsOf(one, width - AXIS, lines, !looks.ascii) }));
  return (
    <Box flexDirection="column" flexShrink={0} width={width}>
      {drawn.map(({ one, bars }, at) => (
        <Box key={one.role} flexDirection="column" flexShrink={0}>
          {Array.from({ length: lines }, (_, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line of a picture is its place
            <BandLine key={line} role={one.role} bars={bars} line={line} lines={lines} />
          ))}
          {at < drawn.length - 1 || hasOutliers(one) ? (
            <Said tone="warn">{" ".repeat(AXIS) + marksOf(one, bars)}</Said>
          ) : null}
        </Box>
      ))}
      <LayerAxis series={drawn[0]!.one} bars={drawn[0]!.bars} />
    </Box>
  );
}

function BandLine(props: { role: string; bars: Bars; line: number; lines: number }) {
  const { role, bars, line, lines } = props;
  const [first, last] = [line === 0, line === lines - 1];
  const second = line === 1 && bars.logarithmic ? "log" : "";
  const value = first ? axisText(bars.top) : last ? axisText(bars.bottom) : "";
  return (
    <Said>
      <Said tone={first ? "strong" : "faint"}>{(first ? role : second).padEnd(3)}</Said>
      <Said tone="faint">{`${value.padStart(AXIS - 5)}${first || last ? "┤" : "│"}`}</Said>{" "}
      {runsOf(bars, line).map(({ outlier, text, at }) => (
        <Said key={at} tone={outlier ? "warn" : "name"}>
          {text}
        </Said>
      ))}
    </Said>
  );
}

/** Neighbouring bars of one colour as one text, so that a line is few elements. */
function runsOf({ cells, step }: Bars, line: number): { outlier: boolean; text: string; at: number }[] {
  const runs: { outlier: boolean; text: string; at: number }[] = [];
  cells.forEach((cell, at) => {
    const text = cellText(cell, line, step);
    const run = runs.at(-1);
    if (run !== undefined && run.outlier === cell.outlier) run.text += text;
    else runs.push({ outlier: cell.outlier, text, at });
  });
  return runs;
}

/** A bar is as wide as its step less a gap, where the step is wider than 2. */
function cellText({ lines }: Cell, line: number, step: number): string {
  const gap = step > 1 ? 1 : 0;
  const cell = lines[line]!;
  const wide = "×·".includes(cell) ? cell.padEnd(step - gap) : cell.repeat(step - gap);
  return wide + " ".repeat(gap);
}

/** The first and the last layer, and how many there are in a bar where that is not one. */
function LayerAxis({ series, bars }: { series: Series; bars: Bars }) {
  const { points } = series;
  const [first, last] = [String(points[0]?.layer ?? ""), String(points.at(-1)?.layer ?? "")];
  const room = bars.cells.length * bars.step - first.length;
  const note = bars.grouped > 1 ? ` (${bars.grouped} layers a bar)` : "";
  const named =
    points.length === 1 ? first : first + note + last.padStart(Math.max(last.length + 1, room - note.length));
  return <Said tone="faint">{`${"layer".padStart(AXIS - 2)}  ${named}`}</Said>;
}

function axisText(value: number): string {
  return Number.isFinite(value) ? scaleText(Number(value.toPrecision(3))) : "";
}

function Spoken({ series }: { series: readonly Series[] }) {
  return (
    <Box flexDirection="column">
      {series.map(({ role, points, spread }) => {
        const outliers = points.filter(({ outlier }) => outlier).map(({ layer }) => layer);
        const where = `outliers in ${outliers.length === 1 ? "layer" : "layers"} ${rangesText(outliers)}`;
        const told = outliers.length === 0 ? "no outliers" : where;
        const middle = Number.isNaN(spread.median) ? "no usable value" : `median ${axisText(spread.median)}`;
        return <Said key={role}>{`${role}: ${countText(points.length, "layer")}, ${middle}, ${told}`}</Said>;
      })}
    </Box>
  );
}
