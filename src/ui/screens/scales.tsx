import { Box } from "ink";
import type { ReactNode } from "react";
import type { ScaleRow } from "../../operations/scale-rows.js";
import { escapeText } from "../../report/escape.js";
import { countText, scaleText } from "../../report/words.js";
import { bodyWidth, isWide, type Looks } from "../looks.js";
import { List } from "../parts/list.js";
import { Said } from "../parts/said.js";
import { useSigns } from "../parts/sign.js";
import { largest } from "../plot/series.js";
import { type MarkedScale, type TreeLine, treeOf } from "../state/scale-tree.js";
import type { OverviewScreen } from "../state/screen.js";
import { ending, padded, textWidth } from "../text-width.js";
import { Plot, plotHeight } from "./plot.js";

/** The tree of scales and their plot: one above the other, or side by side where there is room. */
export function Scales({ looks, screen, height }: { looks: Looks; screen: OverviewScreen; height: number }) {
  const { scales } = screen.subject.report;
  if (scales.length === 0) return <Empty screen={screen} />;
  const wide = isWide(looks);
  const width = wide ? Math.floor(bodyWidth(looks) / 2) - 2 : bodyWidth(looks);
  const room = wide ? height : Math.max(5, Math.floor(height / 2));
  const drawn = plotHeight(scales, room);
  const plot = <Plot scales={scales} looks={looks} width={width} height={room} />;
  const alone = looks.reader || (!wide && height < LEAST_WITH_PLOT);
  if (alone)
    return (
      <Alone
        plot={looks.reader ? plot : null}
        tree={<Tree screen={screen} height={height} width={width} />}
      />
    );
  const tree = <Tree screen={screen} height={wide ? height : height - drawn - 1} width={width} />;
  if (wide) {
    return (
      <Box>
        <Box width={bodyWidth(looks) - width}>{tree}</Box>
        {plot}
      </Box>
    );
  }
  return (
    <Box flexDirection="column">
      {plot}
      <Box height={1} />
      {tree}
    </Box>
  );
}

/** Lines in which a plot still leaves room for some of the tree. */
const LEAST_WITH_PLOT = 9;

function Alone({ plot, tree }: { plot: ReactNode; tree: ReactNode }) {
  return (
    <Box flexDirection="column">
      {plot}
      {tree}
    </Box>
  );
}

function Empty({ screen }: { screen: OverviewScreen }) {
  const { others } = screen.subject.report;
  return (
    <Box flexDirection="column">
      <Said>This checkpoint holds no KV scales. Enter shows how it can get some.</Said>
      {others.length === 0 ? null : (
        <Said tone="faint">{`${countText(others.length, "tensor looks", "tensors look")} like scales but ${others.length === 1 ? "is" : "are"} none.`}</Said>
      )}
    </Box>
  );
}

function Tree({ screen, height, width }: { screen: OverviewScreen; height: number; width: number }) {
  const lines = treeOf(screen);
  const sites = lines.flatMap((line) => (line.line === "site" ? [textWidth(labelOf(line.site, width))] : []));
  const label = { columns: Math.max(0, ...sites), width };
  return (
    <List items={lines} cursor={screen.cursors.scales} height={height} keyOf={keyOf}>
      {(line, marked) =>
        line.line === "site" ? (
          <SiteLine line={line} marked={marked} label={label} />
        ) : (
          <ScaleLine scale={line.scale} last={line.last} />
        )
      }
    </List>
  );
}

function keyOf(line: TreeLine): string {
  return line.line === "site" ? line.site : `${line.scale.site} ${line.scale.role} ${line.scale.name}`;
}

/** Long names keep their end, where the layer is. */
function labelOf(site: string, width: number): string {
  return ending(escapeText(site), Math.max(LEAST_LABEL, width - VALUES));
}

/** Columns of a label at least, and of what stands around it: marks, and the values of two roles. */
const LEAST_LABEL = 28;
const VALUES = 40;

/** Columns that labels take, and the width of their lines. */
interface Label {
  readonly columns: number;
  readonly width: number;
}

function SiteLine(props: { line: TreeLine & { line: "site" }; marked: boolean; label: Label }) {
  const { line, marked, label } = props;
  const sign = useSigns();
  return (
    <Said>
      <Said tone="faint">{line.open ? sign("▾ ", "open, ") : sign("▸ ", "closed, ")}</Said>
      <Said tone={marked ? "strong" : undefined}>
        {padded(labelOf(line.site, label.width), label.columns)}
      </Said>
      {line.scales.map((scale) => (
        <RoleText key={`${scale.row.role} ${scale.row.name}`} scale={scale} />
      ))}
    </Said>
  );
}

function RoleText({ scale: { row, outlier, ratio } }: { scale: MarkedScale }) {
  const value = scaleText(Number(largest(row.values).toPrecision(4)));
  const sign = useSigns();
  return (
    <Said>
      <Said tone="faint">{`  ${row.role} `}</Said>
      <Said tone={outlier ? "warn" : undefined}>{value.padEnd(10)}</Said>
      {outlier ? <Said tone="warn">{`${sign("◆", "stands out:")} ${ratioText(ratio)}`}</Said> : null}
    </Said>
  );
}

function ratioText(ratio: number): string {
  return Number.isFinite(ratio) && ratio > 0 ? `${Number(ratio.toPrecision(2))}× median` : "unusable";
}

function ScaleLine({ scale, last }: { scale: ScaleRow; last: boolean }) {
  const { role, values, dtype, shape, name, file } = scale;
  const range = values.length === 1 ? scaleText(values[0]!) : `${values.length} heads, ${rangeText(values)}`;
  const sign = useSigns();
  const stored = dtype === null ? "JSON" : `${dtype} [${(shape ?? []).join(",")}]`;
  return (
    <Said>
      <Said tone="faint">{last ? sign("  └─ ") : sign("  ├─ ")}</Said>
      {`${role.padEnd(2)} ${range}  ${stored}  `}
      <Said tone="faint">{`${escapeText(file ?? "")}  ${escapeText(name ?? "")}`}</Said>
    </Said>
  );
}

function rangeText(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  return `${scaleText(Number(sorted[0]!.toPrecision(4)))} to ${scaleText(Number(sorted.at(-1)!.toPrecision(4)))}`;
}
