import type { ScaleRow } from "../../operations/scale-rows.js";
import type { Role } from "../../scales/site.js";
import { isOutlier, largest, type Spread, seriesOf } from "../plot/series.js";
import { fuzzy } from "./fuzzy.js";
import type { OverviewScreen } from "./screen.js";

/** A line of the tree: an attention module with its scales, or one of its scales in full. */
export type TreeLine =
  | {
      readonly line: "site";
      readonly site: string;
      readonly scales: readonly MarkedScale[];
      readonly open: boolean;
    }
  | { readonly line: "scale"; readonly scale: ScaleRow; readonly last: boolean };

/** A scale, and whether it stands out among its role's. */
export interface MarkedScale {
  readonly row: ScaleRow;
  readonly outlier: boolean;
  /** How many times its role's median. */
  readonly ratio: number;
}

/** The tree of an overview: sites that fit the search, opened ones with their scales below them. */
export function treeOf({ subject, open, search }: OverviewScreen): readonly TreeLine[] {
  const { scales } = subject.report;
  const spreads = new Map(seriesOf(scales).map(({ role, spread }) => [role, spread]));
  const groups = [...bySite(scales)];
  const shown = fuzzy(
    search.line.text,
    groups,
    ([site, rows]) => `${site} ${rows.map(({ name }) => name).join(" ")}`,
  );
  return shown.flatMap(([site, rows]): TreeLine[] => {
    const marked = rows.map((row) => markedScale(row, spreads));
    const own: TreeLine = { line: "site", site, scales: marked, open: open.has(site) };
    const below = rows.map((scale, at): TreeLine => ({ line: "scale", scale, last: at === rows.length - 1 }));
    return own.open ? [own, ...below] : [own];
  });
}

function markedScale(row: ScaleRow, spreads: ReadonlyMap<Role, Spread>): MarkedScale {
  const value = largest(row.values);
  const spread = spreads.get(row.role) ?? { median: Number.NaN, factor: 1 };
  return { row, outlier: isOutlier(value, spread), ratio: value / spread.median };
}

function bySite(scales: readonly ScaleRow[]): ReadonlyMap<string, readonly ScaleRow[]> {
  const groups = new Map<string, ScaleRow[]>();
  for (const scale of scales) groups.set(scale.site, [...(groups.get(scale.site) ?? []), scale]);
  return groups;
}
