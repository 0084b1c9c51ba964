/**
 * How well `query` fits `text`: all its characters in order, in either case; more for runs and for starts of words, less
 * for what lies between. Undefined where a character is missing. An empty query fits everything with 0.
 */
export function closeness(query: string, text: string): number | undefined {
  const [wanted, within] = [query.toLowerCase(), text.toLowerCase()];
  const exact = wanted === "" ? -1 : within.indexOf(wanted);
  if (exact >= 0) return EXACT + bonus(text, exact) - exact / 1000;
  let score = 0;
  let last = -1;
  for (const character of wanted) {
    const at = within.indexOf(character, last + 1);
    if (at < 0) return undefined;
    score += (at === last + 1 ? RUN : 0) + bonus(text, at) - (at - last - 1) / 100;
    last = at;
  }
  return score;
}

/** The items that fit, best first; items that fit alike stay in their order. */
export function fuzzy<T>(query: string, items: readonly T[], textOf: (item: T) => string): readonly T[] {
  if (query === "") return items;
  const scored = items.flatMap((item) => {
    const score = closeness(query, textOf(item));
    return score === undefined ? [] : [{ item, score }];
  });
  return scored.sort((a, b) => b.score - a.score).map(({ item }) => item);
}

const EXACT = 100;
const RUN = 2;
const START = 3;

function bonus(text: string, at: number): number {
  return at === 0 || /[\s/._-]/.test(text[at - 1]!) ? START : 0;
}
