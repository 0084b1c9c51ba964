import type { Action } from "./action.js";
import { CALIBRATE } from "./calibrate.js";
import { CONVERT } from "./convert.js";
import { EXTRACT } from "./extract.js";
import { MERGE } from "./merge.js";
import { PUSH } from "./push.js";
import { STRIP } from "./strip.js";
import { VERIFY } from "./verify.js";

/** What can be done with a checkpoint, in the order it is shown. A new action is a row here. */
export const ACTIONS: readonly Action[] = [MERGE, CONVERT, VERIFY, EXTRACT, STRIP, CALIBRATE, PUSH];

/** The row of this id. Throws where there is none, which is a bug of ours. */
export function actionOf(id: string): Action {
  const row = ACTIONS.find((action) => action.id === id);
  if (row === undefined) throw new Error(`no action ${id}`);
  return row;
}
