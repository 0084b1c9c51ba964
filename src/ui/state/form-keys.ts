import type { Field } from "../actions/action.js";
import { actionOf } from "../actions/actions.js";
import { firstRow, rowsOf } from "./form-rows.js";
import type { Key } from "./key.js";
import { moveCursor } from "./list.js";
import { type Next, next, still } from "./message.js";
import { offering } from "./pick-keys.js";
import type { FormScreen } from "./screen.js";
import { pickOf, popped, pushed, type State, withTop } from "./state.js";
import { textLine } from "./text-line.js";
import { begin } from "./work.js";

/** Keys of a form: Enter changes the row under the cursor, or goes on from the last one. */
export function formKey(state: State, screen: FormScreen, key: Key, now: number): Next {
  const { fields } = rowsOf(screen);
  const field = fields[screen.cursor];
  if (key.name === "escape") return still(popped(state));
  if (key.name === "enter" || key.text === " ")
    return field === undefined ? goOn(state, screen, now) : change(state, screen, field);
  if (key.name === "left" || key.name === "right")
    return turn(state, screen, field, key.name === "left" ? -1 : 1);
  return still(withTop(state, { ...screen, cursor: moveCursor(screen.cursor, fields.length + 1, key) }));
}

/** Looks ahead where the action has a plan, else does it. */
function goOn(state: State, screen: FormScreen, now: number): Next {
  const missing = firstRow(screen);
  const { fields, values } = rowsOf(screen);
  if (missing < fields.length) return still(withTop(state, { ...screen, cursor: missing }));
  const { subject, action } = screen;
  const { planned, title } = actionOf(action);
  const mode = planned ? "plan" : "run";
  const name = planned ? "Looking ahead" : title;
  return begin(state, name, 0, now, (task) => ({ do: "perform", task, mode, subject, action, values }));
}

function change(state: State, screen: FormScreen, field: Field): Next {
  const value = rowsOf(screen).values.get(field.id) ?? "";
  if (field.kind === "toggle") return turn(state, screen, field, 1);
  if (field.kind === "choice") {
    const at = (field.options ?? []).findIndex((option) => option.value === value);
    const cursor = Math.max(0, at);
    return still(pushed(state, { kind: "choose", field: field.id, line: textLine(""), cursor }));
  }
  return next(pushed(state, pickOf(value, field)), offering(value, field));
}

/** Left and right go through options without opening their list; a toggle flips. */
function turn(state: State, screen: FormScreen, field: Field | undefined, step: number): Next {
  if (field === undefined) return still(state);
  const values = field.kind === "toggle" ? ["", "yes"] : (field.options ?? []).map(({ value }) => value);
  if (values.length === 0) return still(state);
  const at = values.indexOf(rowsOf(screen).values.get(field.id) ?? "");
  const value = values[(at + step + values.length) % values.length]!;
  return still(withTop(state, { ...screen, chosen: new Map(screen.chosen).set(field.id, value) }));
}
