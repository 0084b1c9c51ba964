import { actionsKey } from "./actions-keys.js";
import { chooseKey } from "./choose-keys.js";
import { formKey } from "./form-keys.js";
import type { Key } from "./key.js";
import { type Message, type Next, next, still } from "./message.js";
import { overviewKey } from "./overview-keys.js";
import { completed, pickKey } from "./pick-keys.js";
import { reportKey } from "./report-keys.js";
import type { Screen } from "./screen.js";
import { type State, topOf, withTop } from "./state.js";
import { failed, finished, inspected, performed, progressed, stopped, stopping } from "./work.js";

/** The session after a message: a pure function, all effects named in its answer. */
export function update(state: State, message: Message): Next {
  switch (message.type) {
    case "begun":
      return next(state, { do: "recall" }, { do: "offer", text: "", any: false });
    case "key":
      return keyed(state, message.key, message.now);
    case "resized":
      return still({ ...state, looks: { ...state.looks, columns: message.columns, rows: message.rows } });
    case "remembered":
      return still({ ...state, recent: message.recent });
    case "offered":
      return offered(state, message);
    case "progressed":
      return progressed(state, message);
    case "inspected":
      return finished(state, message.task, (ended, warnings) => inspected(ended, message.subject, warnings));
    case "performed":
      return finished(state, message.task, (ended, warnings) => performed(ended, message, warnings));
    case "failed":
      return finished(state, message.task, (ended) => failed(ended, message));
    case "stopped":
      return finished(state, message.task, stopped);
  }
}

/** Ctrl-C, Ctrl-Z and the help mean the same everywhere; the rest is the screen's own. */
function keyed(state: State, key: Key, now: number): Next {
  const top = topOf(state);
  if (key.name === "interrupt") return interrupted(state, top);
  if (key.name === "suspend") return next(state, { do: "suspend" });
  if (state.help) return still({ ...state, help: false });
  if (key.text === "?" && !takesText(top)) return still({ ...state, help: true });
  if (key.text === "q" && !takesText(top) && top.kind !== "work")
    return next(state, { do: "leave", interrupted: false });
  return onScreen(state, top, key, now);
}

function onScreen(state: State, top: Screen, key: Key, now: number): Next {
  switch (top.kind) {
    case "pick":
      return pickKey(state, top, key, now);
    case "overview":
      return overviewKey(state, top, key);
    case "actions":
      return actionsKey(state, top, key);
    case "form":
      return formKey(state, top, key, now);
    case "choose":
      return chooseKey(state, top, key);
    case "plan":
    case "result":
      return reportKey(state, top, key, now);
    case "work":
      return key.name === "escape" ? stopping(state, top) : still(state);
    case "failure":
      return stopped(state);
  }
}

/** Work is stopped first, and leaves nothing behind; a second Ctrl-C does not wait for that. */
function interrupted(state: State, top: Screen): Next {
  const leave = { do: "leave", interrupted: true } as const;
  if (top.kind !== "work" || state.leaving) return next(state, { do: "stop" }, leave);
  const { state: waiting, effects } = stopping(state, top);
  return next({ ...waiting, leaving: true }, ...effects);
}

/** True where letters are typed rather than commands. */
function takesText(screen: Screen): boolean {
  if (screen.kind === "overview") return screen.search.editing;
  return screen.kind === "pick" || screen.kind === "choose";
}

function offered(state: State, { text, entries }: Message & { type: "offered" }): Next {
  const top = topOf(state);
  if (top.kind !== "pick" || top.line.text !== text) return still(state);
  const heard = { ...top, entries, heard: text, completing: false };
  return top.completing ? completed(state, heard) : still(withTop(state, heard));
}
