import type { Hint } from "../parts/frame.js";
import type { Screen } from "../state/screen.js";

/** The keys that matter on a screen, the likeliest first. */
export function hintsOf(screen: Screen): readonly Hint[] {
  if (screen.kind === "overview" && screen.search.editing) return SEARCHING;
  if (screen.kind === "pick" && screen.field !== undefined) return NAMING;
  return HINTS[screen.kind];
}

const BACK: Hint = ["Esc", "back"];
const HELP: Hint = ["?", "help"];
const QUIT: Hint = ["q", "quit"];
const STOP: Hint = ["Ctrl-C", "quit"];

const SEARCHING: readonly Hint[] = [
  ["type", "to search"],
  ["Enter", "keep"],
  ["Esc", "clear"],
];

const NAMING: readonly Hint[] = [["Tab", "complete"], ["↑↓", "choose"], ["Enter", "take"], BACK, STOP];

const HINTS: Record<Screen["kind"], readonly Hint[]> = {
  pick: [["Tab", "complete"], ["↑↓", "choose"], ["Enter", "open"], ["Esc", "clear"], STOP],
  overview: [["Enter", "what to do"], ["Tab", "next"], ["Space", "open"], ["/", "search"], BACK, HELP, QUIT],
  actions: [["Enter", "choose"], ["↑↓", "move"], BACK, HELP, QUIT],
  form: [["Enter", "change or go on"], ["↑↓", "move"], ["←→", "other choice"], BACK, HELP, QUIT],
  choose: [["type", "to search"], ["↑↓", "move"], ["Enter", "take"], BACK, STOP],
  plan: [["Enter", "go on"], ["←→", "other way"], ["↑↓", "scroll"], BACK, HELP, QUIT],
  result: [["Enter", "go on"], ["←→", "other way"], ["↑↓", "scroll"], BACK, HELP, QUIT],
  work: [["Esc", "stop"], ["Ctrl-C", "stop and quit"], HELP],
  failure: [["any key", "back"], QUIT],
};
