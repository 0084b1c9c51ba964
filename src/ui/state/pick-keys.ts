import { fuzzy } from "./fuzzy.js";
import type { Key } from "./key.js";
import { moveCursor } from "./list.js";
import { type Effect, type Next, next, still } from "./message.js";
import type { FormScreen, Offer, PickScreen } from "./screen.js";
import { popped, type State, topOf, withTop } from "./state.js";
import { edit, textLine } from "./text-line.js";
import { beginInspect } from "./work.js";

/** What is offered below the line: what lies there, then what was opened before, then the Hub. */
export function offersOf({ recent }: State, { line, entries, field }: PickScreen): readonly Offer[] {
  const text = line.text.trim();
  if (field?.kind === "text") return [];
  if (field?.kind === "output" || field?.kind === "file") return entries;
  const before = fuzzy(text, recent, (ref) => ref).map((ref): Offer => ({ text: ref, kind: "recent" }));
  const hub: Offer[] = HUB_NAME.test(text) ? [{ text, kind: "hub" }] : [];
  const all = text === "" ? [...before, ...entries] : [...entries, ...before, ...hub];
  return all.filter((offer, at) => all.findIndex((other) => other.text === offer.text) === at);
}

/** Keys of the screen on which something is named. */
export function pickKey(state: State, screen: PickScreen, key: Key, now: number): Next {
  const offers = offersOf(state, screen);
  switch (key.name) {
    case "enter":
      return entered(state, screen, offers[screen.cursor], now);
    case "escape":
      return escaped(state, screen);
    case "tab":
      return completed(state, screen);
    case "up":
    case "down":
    case "page-up":
    case "page-down": {
      const cursor = moveCursor(screen.cursor, offers.length, key, 10, -1);
      return still(withTop(state, { ...screen, cursor }));
    }
    default:
      return retyped(state, screen, edit(screen.line, key));
  }
}

const HUB_NAME = /^(hf:\/\/)?[A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*(@.+)?$/;

function entered(state: State, screen: PickScreen, offer: Offer | undefined, now: number): Next {
  if (offer?.kind === "folder") return retyped(state, screen, textLine(offer.text));
  const text = (offer?.text ?? screen.line.text)
    .trim()
    .replace(/^~(?=\/|$)/, state.home)
    .replace(/^-/, "./-");
  if (text === "" && screen.field?.kind !== "file") return still(state);
  if (screen.field === undefined) {
    const named = withTop(state, { ...screen, line: textLine(text), cursor: -1 });
    return beginInspect(named, text.replace(/(.)\/+$/, "$1"), now);
  }
  return still(answered(popped(state), screen.field.id, text));
}

/** The form below takes the answer; its cursor goes on to what comes next. */
function answered(state: State, field: string, text: string): State {
  const form = topOf(state);
  if (form.kind !== "form") return state;
  const chosen = new Map(form.chosen).set(field, text);
  return withTop(state, { ...form, chosen, cursor: form.cursor + 1 } satisfies FormScreen);
}

function escaped(state: State, screen: PickScreen): Next {
  if (screen.field !== undefined) return still(popped(state));
  return screen.line.text === "" ? still(state) : retyped(state, screen, textLine(""));
}

/** Tab takes the marked offer, or completes as far as all offers agree, or goes to the first of them. */
export function completed(state: State, screen: PickScreen): Next {
  const offers = offersOf(state, screen);
  const marked = offers[screen.cursor];
  if (marked !== undefined) return retyped(state, screen, textLine(marked.text));
  const { text } = screen.line;
  if (screen.heard !== text) return still(withTop(state, { ...screen, completing: true }));
  const agreed = agreement(screen.entries.map((entry) => entry.text).filter((path) => path.startsWith(text)));
  if (agreed.length > text.length) return retyped(state, screen, textLine(agreed));
  return still(withTop(state, { ...screen, cursor: offers.length === 0 ? -1 : 0 }));
}

/** The longest beginning that all texts share. */
function agreement([first = "", ...others]: readonly string[]): string {
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}

/** Asks what lies where a text points; a field for any file is told of all. */
export function offering(text: string, field: PickScreen["field"]): Effect {
  return { do: "offer", text, any: field?.kind === "file" };
}

function retyped(state: State, screen: PickScreen, line: PickScreen["line"]): Next {
  if (line === screen.line) return still(state);
  const typed = withTop(state, { ...screen, line, cursor: -1, completing: false });
  return line.text === screen.line.text ? still(typed) : next(typed, offering(line.text, screen.field));
}
