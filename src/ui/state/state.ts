import type { InspectReport } from "../../operations/inspect.js";
import type { Subject } from "../actions/action.js";
import type { Looks } from "../looks.js";
import type { OverviewScreen, PickScreen, Screen, Tab } from "./screen.js";
import { textLine } from "./text-line.js";

/** The whole session as one value. */
export interface State {
  readonly looks: Looks;
  /** What `~` stands for at the start of a path. */
  readonly home: string;
  /** The way here; the last one is shown, Esc goes one back. Never empty. */
  readonly screens: readonly Screen[];
  readonly help: boolean;
  /** Checkpoints opened before, latest first. */
  readonly recent: readonly string[];
  /** Told after the session has left the screen: what was done, and how to do it again. */
  readonly farewell: readonly string[];
  /** Counts tasks, so that a late answer of a stopped one is not taken for the present one's. */
  readonly task: number;
  /** Set by Ctrl-C while work must first be stopped. */
  readonly leaving: boolean;
}

/** Nothing opened yet. */
export function startOf(looks: Looks, home: string): State {
  return {
    looks,
    home,
    screens: [pickOf("", undefined)],
    help: false,
    recent: [],
    farewell: [],
    task: 0,
    leaving: false,
  };
}

/** A place to name something, with a text to begin with. */
export function pickOf(text: string, field: PickScreen["field"]): PickScreen {
  const unheard = { entries: [], heard: undefined, completing: false };
  return { kind: "pick", field, line: textLine(text), ...unheard, cursor: -1 };
}

/** The screen that is shown. */
export function topOf(state: State): Screen {
  return state.screens.at(-1)!;
}

/** The same session with another screen on top. */
export function withTop(state: State, screen: Screen): State {
  return { ...state, screens: [...state.screens.slice(0, -1), screen] };
}

/** The same session, one screen further. */
export function pushed(state: State, screen: Screen): State {
  return { ...state, screens: [...state.screens, screen] };
}

/** The same session, one screen back; the first one stays. */
export function popped(state: State): State {
  return state.screens.length < 2 ? state : { ...state, screens: state.screens.slice(0, -1) };
}

/** The same session, with more lines to tell when it has left the screen, each once. */
export function withFarewell(state: State, lines: readonly string[]): State {
  return { ...state, farewell: [...new Set([...state.farewell, ...lines])] };
}

/** The overview of a checkpoint just read. */
export function overviewOf(subject: Subject, warnings: readonly string[]): OverviewScreen {
  const search = { editing: false, line: textLine("") };
  const cursors = { scales: 0, findings: 0, engines: 0 };
  return {
    kind: "overview",
    subject,
    tab: firstTab(subject.report),
    cursors,
    open: new Set(),
    search,
    warnings,
  };
}

function firstTab({ scales, findings }: InspectReport): Tab {
  return scales.length === 0 && findings.length > 0 ? "findings" : "scales";
}
