import type { Event } from "../../events.js";
import type { Mode, Outcome, Subject, Values } from "../actions/action.js";
import type { Key } from "./key.js";
import type { Offer } from "./screen.js";
import type { State } from "./state.js";

/** Everything that can happen to the session. */
export type Message =
  | { readonly type: "begun" }
  | { readonly type: "key"; readonly key: Key; readonly now: number }
  | { readonly type: "resized"; readonly columns: number; readonly rows: number }
  | { readonly type: "remembered"; readonly recent: readonly string[] }
  | { readonly type: "offered"; readonly text: string; readonly entries: readonly Offer[] }
  | {
      readonly type: "progressed";
      readonly task: number;
      readonly events: readonly Event[];
      readonly now: number;
    }
  | { readonly type: "inspected"; readonly task: number; readonly subject: Subject }
  | {
      readonly type: "performed";
      readonly task: number;
      readonly mode: Mode;
      readonly subject: Subject;
      readonly action: string;
      readonly values: Values;
      readonly outcome: Outcome;
    }
  | {
      readonly type: "failed";
      readonly task: number;
      readonly message: string;
      readonly remedy: string | undefined;
    }
  | { readonly type: "stopped"; readonly task: number };

/** What the session must do outside itself; carried out by the store alone. */
export type Effect =
  | { readonly do: "recall" }
  | { readonly do: "offer"; readonly text: string; readonly any: boolean }
  | { readonly do: "inspect"; readonly task: number; readonly ref: string }
  | {
      readonly do: "perform";
      readonly task: number;
      readonly mode: Mode;
      readonly subject: Subject;
      readonly action: string;
      readonly values: Values;
    }
  | { readonly do: "remember"; readonly ref: string }
  | { readonly do: "stop" }
  | { readonly do: "suspend" }
  | { readonly do: "leave"; readonly interrupted: boolean };

/** The session after a message, and what must be done for it. */
export interface Next {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** A session that needs nothing done. */
export function still(state: State): Next {
  return { state, effects: [] };
}

/** A session that needs something done. */
export function next(state: State, ...effects: readonly Effect[]): Next {
  return { state, effects };
}
