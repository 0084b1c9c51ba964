/**
 * Order of two strings by their UTF-8 bytes, as Rust compares them; JavaScript compares UTF-16 units, which
 * puts U+1F600 before U+FFFD.
 */
export function byUtf8(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) {
    const difference = rank(left.charCodeAt(at)) - rank(right.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Surrogates, which stand for the characters beyond U+FFFF, go after all other units. */
function rank(unit: number): number {
  return (unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit;
}
