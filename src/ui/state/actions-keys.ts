import type { Subject } from "../actions/action.js";
import { ACTIONS } from "../actions/actions.js";
import { firstRow } from "./form-rows.js";
import type { Key } from "./key.js";
import { moveCursor } from "./list.js";
import { type Next, still } from "./message.js";
import type { ActionsScreen } from "./screen.js";
import { popped, pushed, type State, withTop } from "./state.js";

/** The list of things to do, its cursor on the first one of use. */
export function actionsOf(subject: Subject): ActionsScreen {
  const first = ACTIONS.findIndex((action) => action.unavailable(subject) === undefined);
  return { kind: "actions", subject, cursor: Math.max(0, first) };
}

/** Keys of the list of things to do. */
export function actionsKey(state: State, screen: ActionsScreen, key: Key): Next {
  if (key.name === "escape" || key.name === "left") return still(popped(state));
  if (key.name === "enter" || key.name === "right") return chosen(state, screen);
  return still(withTop(state, { ...screen, cursor: moveCursor(screen.cursor, ACTIONS.length, key) }));
}

function chosen(state: State, { subject, cursor }: ActionsScreen): Next {
  const action = ACTIONS[cursor];
  if (action === undefined || action.unavailable(subject) !== undefined) return still(state);
  const form = {
    kind: "form",
    subject,
    action: action.id,
    chosen: new Map<string, string>(),
    cursor: 0,
  } as const;
  return still(pushed(state, { ...form, cursor: firstRow(form) }));
}
