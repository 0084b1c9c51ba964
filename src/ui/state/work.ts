import type { Subject } from "../actions/action.js";
import { actionOf } from "../actions/actions.js";
import { commandText } from "../command-text.js";
import { type Effect, type Message, type Next, next, still } from "./message.js";
import type { WorkScreen } from "./screen.js";
import { overviewOf, popped, pushed, type State, topOf, withFarewell, withTop } from "./state.js";
import { watched, watchFrom } from "./watch.js";

/** Starts a task: its screen on top, its number in the effect. */
export function begin(
  state: State,
  title: string,
  expected: number,
  now: number,
  effect: (task: number) => Effect,
): Next {
  const task = state.task + 1;
  const screen: WorkScreen = { kind: "work", title, task, watch: watchFrom(now, expected), stopping: false };
  return next(pushed({ ...state, task }, screen), effect(task));
}

/** Opens a checkpoint. */
export function beginInspect(state: State, ref: string, now: number): Next {
  return begin(state, `Reading ${ref}`, 0, now, (task) => ({ do: "inspect", task, ref }));
}

/** Asks for the work to be stopped, once. */
export function stopping(state: State, screen: WorkScreen): Next {
  if (screen.stopping) return still(state);
  return next(withTop(state, { ...screen, stopping: true }), { do: "stop" });
}

/** Takes the present task's screen away and goes on; what an earlier task still says is not heard. */
export function finished(
  state: State,
  task: number,
  go: (ended: State, warnings: readonly string[]) => Next,
): Next {
  const top = topOf(state);
  if (top.kind !== "work" || top.task !== task) return still(state);
  const answer = go(popped(state), [...new Set(top.watch.progress.warnings.map(({ message }) => message))]);
  if (!state.leaving) return answer;
  return next(answer.state, ...answer.effects, { do: "leave", interrupted: true });
}

/** Events of the present task, or just time. */
export function progressed(state: State, { task, events, now }: Message & { type: "progressed" }): Next {
  const top = topOf(state);
  if (top.kind !== "work" || top.task !== task) return still(state);
  return still(withTop(state, { ...top, watch: watched(top.watch, events, now) }));
}

/** A checkpoint was read. A result that was just made takes the place of the way to it. */
export function inspected(state: State, subject: Subject, warnings: readonly string[]): Next {
  const from = topOf(state).kind === "result" ? { ...state, screens: state.screens.slice(0, 1) } : state;
  return next(pushed(from, overviewOf(subject, warnings)), { do: "remember", ref: subject.ref });
}

/** A plan or a result came. After a result, the choices that led to it are passed. */
export function performed(
  state: State,
  message: Message & { type: "performed" },
  warnings: readonly string[],
): Next {
  const { mode, subject, action, values, outcome } = message;
  const screen = { subject, action, values, outcome, warnings, offset: 0, cursor: 0 };
  if (mode === "plan") return still(pushed(state, { kind: "plan", ...screen }));
  const from = withTaken(topOf(state).kind === "plan" ? popped(state) : state, outcome.target);
  const told = pushed(from, { kind: "result", ...screen });
  const command = commandText(actionOf(action).words(subject, values));
  return still(withFarewell(told, [command, ...outcome.launch]));
}

/** What was written is a place that is taken from now on. */
function withTaken(state: State, target: string | undefined): State {
  if (target === undefined) return state;
  const screens = state.screens.map((screen) => {
    if (!("subject" in screen)) return screen;
    const taken = new Set([...screen.subject.taken, target]);
    return { ...screen, subject: { ...screen.subject, taken } };
  });
  return { ...state, screens };
}

/** A refusal. */
export function failed(state: State, { message, remedy }: Message & { type: "failed" }): Next {
  return still(pushed(state, { kind: "failure", title: "This did not work", message, remedy }));
}

/** Back to where the work was begun, or where a refusal left us. */
export function stopped(state: State): Next {
  return still(topOf(state).kind === "failure" ? popped(state) : state);
}
