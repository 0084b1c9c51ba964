import type { Readiness } from "../../engines/verdict.js";
import { findingRows, lastFindingRow } from "../finding-rows.js";
import { type Looks, partHeight } from "../looks.js";
import { actionsOf } from "./actions-keys.js";
import { fuzzy } from "./fuzzy.js";
import type { Key } from "./key.js";
import { moveCursor } from "./list.js";
import { type Next, still } from "./message.js";
import { treeOf } from "./scale-tree.js";
import { isSearching, type OverviewScreen, TABS, type Tab } from "./screen.js";
import { popped, pushed, type State, withTop } from "./state.js";
import { edit, textLine } from "./text-line.js";

/** The engines that fit the search, in table order. */
export function enginesOf({ subject, search }: OverviewScreen): readonly Readiness[] {
  return fuzzy(search.line.text, subject.report.readiness, ({ engine, verdict }) => `${engine} ${verdict}`);
}

/** Keys of the overview: digits and Tab change the part, `/` searches it, Enter goes on to what to do. */
export function overviewKey(state: State, screen: OverviewScreen, key: Key): Next {
  if (screen.search.editing) return searching(state, screen, key);
  switch (key.name) {
    case "enter":
      return still(pushed(state, actionsOf(screen.subject)));
    case "escape":
      return screen.search.line.text === ""
        ? still(popped(state))
        : shown(state, withQuery(screen, "", false));
    case "tab":
      return shown(state, { ...screen, tab: TABS[(TABS.indexOf(screen.tab) + 1) % TABS.length]! });
    case "text":
      return typed(state, screen, key.text);
    case "right":
      return shown(state, opened(screen, true));
    case "left":
      return shown(state, opened(screen, false));
    default:
      return shown(state, moved(screen, key, state.looks));
  }
}

function typed(state: State, screen: OverviewScreen, text: string): Next {
  if (text === "/") return shown(state, withQuery(screen, "", true));
  if (text === " ") return shown(state, opened(screen, undefined));
  const tab = TABS[Number(text) - 1];
  return tab === undefined ? still(state) : shown(state, { ...screen, tab });
}

/** While a search is typed: Enter keeps it, Esc drops it, arrows move already. */
function searching(state: State, screen: OverviewScreen, key: Key): Next {
  if (key.name === "escape") return shown(state, withQuery(screen, "", false));
  if (key.name === "enter") return shown(state, withQuery(screen, screen.search.line.text, false));
  const line = edit(screen.search.line, key);
  if (line === screen.search.line) return shown(state, moved(screen, key, state.looks));
  return shown(state, { ...withQuery(screen, line.text, true), search: { editing: true, line } });
}

function withQuery(screen: OverviewScreen, text: string, editing: boolean): OverviewScreen {
  const cursors = text === screen.search.line.text ? screen.cursors : { ...screen.cursors, [screen.tab]: 0 };
  return { ...screen, search: { editing, line: textLine(text) }, cursors };
}

function moved(screen: OverviewScreen, key: Key, looks: Looks): OverviewScreen {
  const cursor = moveCursor(screen.cursors[screen.tab], countOf(screen, looks), key);
  return { ...screen, cursors: { ...screen.cursors, [screen.tab]: Math.max(0, cursor) } };
}

const COUNTS: Readonly<Record<Tab, (screen: OverviewScreen, looks: Looks) => number>> = {
  scales: (screen) => treeOf(screen).length,
  findings: (screen, looks) => {
    const rows = findingRows(screen, looks);
    return lastFindingRow(rows, partHeight(looks, isSearching(screen))) + 1;
  },
  engines: (screen) => enginesOf(screen).length,
};

function countOf(screen: OverviewScreen, looks: Looks): number {
  return COUNTS[screen.tab](screen, looks);
}

/** Opens or closes the module under the cursor; from one of its scales, closing leads back to it. */
function opened(screen: OverviewScreen, wanted: boolean | undefined): OverviewScreen {
  if (screen.tab !== "scales") return screen;
  const lines = treeOf(screen);
  const at = lines.findLastIndex(({ line }, index) => line === "site" && index <= screen.cursors.scales);
  const under = lines[at];
  if (under?.line !== "site") return screen;
  const open = new Set(screen.open);
  if (wanted ?? !under.open) open.add(under.site);
  else open.delete(under.site);
  const cursor = open.has(under.site) ? screen.cursors.scales : at;
  return { ...screen, open, cursors: { ...screen.cursors, scales: cursor } };
}

function shown(state: State, screen: OverviewScreen): Next {
  return still(withTop(state, screen));
}
