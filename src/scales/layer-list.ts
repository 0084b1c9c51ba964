/** Layer numbers in few characters: `0..2, 4, 6..8`; "none" for no numbers. */
export function layerList(layers: Iterable<number>): string {
  const sorted = [...new Set(layers)].sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const layer of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === layer - 1) last[1] = layer;
    else runs.push([layer, layer]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}..${to}`)).join(", ") || "none";
}
