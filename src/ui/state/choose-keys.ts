import type { Option } from "../actions/action.js";
import { rowsOf } from "./form-rows.js";
import { fuzzy } from "./fuzzy.js";
import type { Key } from "./key.js";
import { moveCursor } from "./list.js";
import { type Next, still } from "./message.js";
import type { ChooseScreen, FormScreen } from "./screen.js";
import { popped, type State, topOf, withTop } from "./state.js";
import { edit } from "./text-line.js";

/** The options that fit what was typed. */
export function optionsOf({ screens }: State, { field, line }: ChooseScreen): readonly Option[] {
  const form = screens.findLast((screen): screen is FormScreen => screen.kind === "form");
  const options = form && rowsOf(form).fields.find(({ id }) => id === field)?.options;
  return fuzzy(line.text, options ?? [], ({ label, note }) => `${label} ${note}`);
}

/** Keys of a list of options: typing searches, Enter takes. */
export function chooseKey(state: State, screen: ChooseScreen, key: Key): Next {
  const options = optionsOf(state, screen);
  if (key.name === "escape") return still(popped(state));
  if (key.name === "enter") return still(taken(state, screen, options[screen.cursor]));
  const line = edit(screen.line, key);
  if (line.text !== screen.line.text) return still(withTop(state, { ...screen, line, cursor: 0 }));
  return still(withTop(state, { ...screen, line, cursor: moveCursor(screen.cursor, options.length, key) }));
}

function taken(state: State, { field }: ChooseScreen, option: Option | undefined): State {
  if (option === undefined) return state;
  const below = popped(state);
  const form = topOf(below);
  if (form.kind !== "form") return below;
  return withTop(below, { ...form, chosen: new Map(form.chosen).set(field, option.value) });
}
