import { wrap } from "../report/columns.js";
import { visibleWidth } from "../report/paint.js";

/** Ready-made lines within a width: longer ones are broken at spaces, their rest indented further than they are. */
export function fitting(lines: readonly string[], width: number): readonly string[] {
  return lines.flatMap((line) => {
    if (visibleWidth(line) <= width) return [line];
    const text = line.trimStart();
    const indent = line.length - text.length;
    const deeper = indent + 2;
    return wrap(text, width - deeper).map((part, at) => " ".repeat(at === 0 ? indent : deeper) + part);
  });
}
