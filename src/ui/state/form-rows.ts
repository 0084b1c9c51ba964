import { type Field, type Values, valuesOf } from "../actions/action.js";
import { actionOf } from "../actions/actions.js";
import type { FormScreen } from "./screen.js";

/** The fields of a form that are of use, and their present values. The row below them goes on. */
export function rowsOf({ action, subject, chosen }: FormScreen): {
  fields: readonly Field[];
  values: Values;
} {
  const all = actionOf(action).fields(subject);
  const values = valuesOf(all, subject, chosen);
  return { fields: all.filter(({ id }) => values.has(id)), values };
}

/** Where the cursor begins: at the first choice that is missing, else at the row that goes on. */
export function firstRow(form: FormScreen): number {
  const { fields, values } = rowsOf(form);
  const missing = fields.findIndex(({ id, required }) => required === true && values.get(id) === "");
  return missing < 0 ? fields.length : missing;
}
