/** An element of a parsed page, enough to check its structure. */
export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
  text: string;
}

const VOID = new Set(["meta", "br", "link", "img", "input", "hr"]);
const TOKEN =
  /<!doctype html>|<\?xml [^>]*\?>|<\/([a-zA-Z][\w-]*)>|<([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>|([^<]+)/gy;
const ATTRIBUTE = /([\w:-]+)(?:="([^"]*)")?/g;

/** Parses HTML or XML of the strict kind that reports are written in; throws at the first thing that is not. */
export function parseMarkup(text: string): Element {
  const root: Element = { name: "", attributes: new Map(), children: [], text: "" };
  const open = [root];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    const token = TOKEN.exec(text);
    if (token === null) throw new Error(`not markup at ${at}: ${text.slice(at, at + 60)}`);
    at = TOKEN.lastIndex;
    const [, closed, opened, attributes = "", empty, words] = token;
    const top = open.at(-1)!;
    if (closed !== undefined) {
      if (top.name !== closed) throw new Error(`</${closed}> closes <${top.name}>`);
      open.pop();
    } else if (opened !== undefined) {
      const pairs = [...attributes.matchAll(ATTRIBUTE)].map(
        ([, name, value]) => [name!, value ?? ""] as const,
      );
      if (new Set(pairs.map(([name]) => name)).size < pairs.length)
        throw new Error(`twice in <${opened}${attributes}>`);
      const element: Element = { name: opened, attributes: new Map(pairs), children: [], text: "" };
      top.children.push(element);
      if (empty === "" && !VOID.has(opened)) open.push(element);
    } else if (words !== undefined) {
      const stray = top.name === "style" ? null : words.match(/&(?!(?:amp|lt|gt|quot|#39);)|>/);
      if (stray) throw new Error(`unescaped ${stray[0]} in ${words.slice(0, 60)}`);
      top.text += words;
    }
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)!.name}> is not closed`);
  return root;
}

/** All elements below one that a test accepts, in order. */
export function elementsOf(element: Element, accepts: (element: Element) => boolean): Element[] {
  return element.children.flatMap((child) => [
    ...(accepts(child) ? [child] : []),
    ...elementsOf(child, accepts),
  ]);
}

/** Whether an element has a class. */
export function hasClass(element: Element, name: string): boolean {
  return (element.attributes.get("class") ?? "").split(" ").includes(name);
}
