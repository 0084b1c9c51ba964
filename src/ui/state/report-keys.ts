import { actionOf } from "../actions/actions.js";
import { commandText } from "../command-text.js";
import { lastOffset } from "../report-lines.js";
import type { Key } from "./key.js";
import { moveCursor } from "./list.js";
import { type Next, next, still } from "./message.js";
import type { ReportScreen } from "./screen.js";
import { popped, type State, withFarewell, withTop } from "./state.js";
import { begin, beginInspect } from "./work.js";

/** What can follow a plan or a result. */
export interface Way {
  readonly id: "write" | "later" | "look" | "more" | "other" | "back" | "quit";
  readonly title: string;
}

/** The ways on, the likeliest first. */
export function waysOf({ kind, outcome, action, values }: ReportScreen): readonly Way[] {
  if (kind === "plan") {
    const write = values.has("repository") ? PUSH : WRITE;
    return actionOf(action).dryRun ? [write, BACK, LATER] : [write, BACK];
  }
  return outcome.target === undefined ? [MORE, OTHER, QUIT] : [QUIT, LOOK, MORE, OTHER];
}

/** Keys of a plan or a result: up and down scroll, left and right go through the ways on. */
export function reportKey(state: State, screen: ReportScreen, key: Key, now: number): Next {
  const ways = waysOf(screen);
  if (key.name === "escape") return still(popped(state));
  if (key.name === "enter") return follow(state, screen, ways[screen.cursor]?.id, now);
  if (key.name === "left" || key.name === "right" || key.name === "tab") {
    const cursor = (screen.cursor + (key.name === "left" ? ways.length - 1 : 1)) % ways.length;
    return still(withTop(state, { ...screen, cursor }));
  }
  const last = lastOffset(screen, state.looks);
  const offset = moveCursor(Math.min(screen.offset, last), last + 1, key);
  return still(withTop(state, { ...screen, offset }));
}

const WRITE: Way = { id: "write", title: "Write it" };
const PUSH: Way = { id: "write", title: "Push it" };
const LATER: Way = { id: "later", title: "Leave it at the plan" };
const BACK: Way = { id: "back", title: "Change it" };
const QUIT: Way = { id: "quit", title: "Done" };
const LOOK: Way = { id: "look", title: "Look at it" };
const MORE: Way = { id: "more", title: "Do more" };
const OTHER: Way = { id: "other", title: "Another checkpoint" };

function follow(state: State, screen: ReportScreen, way: Way["id"] | undefined, now: number): Next {
  const { subject, action, values, outcome } = screen;
  switch (way) {
    case "write":
      return begin(
        state,
        `${actionOf(action).title} to ${values.get("output") ?? values.get("repository") ?? ""}`,
        outcome.bytes,
        now,
        (task) => ({
          ...{ do: "perform", task, mode: "run", subject, action, values },
        }),
      );
    case "later":
      return next(
        withFarewell(state, [commandText([...actionOf(action).words(subject, values), "--dry-run"])]),
        {
          do: "leave",
          interrupted: false,
        },
      );
    case "look":
      return beginInspect(state, outcome.target ?? subject.ref, now);
    case "more":
      return still(backTo(state, "actions"));
    case "other":
      return next({ ...state, screens: state.screens.slice(0, 1) }, { do: "recall" });
    case "quit":
      return next(state, { do: "leave", interrupted: false });
    default:
      return still(popped(state));
  }
}

function backTo(state: State, kind: "actions"): State {
  const at = state.screens.findLastIndex((screen) => screen.kind === kind);
  return at < 0 ? popped(state) : { ...state, screens: state.screens.slice(0, at + 1) };
}
