/** Lengths that are kept at a time: experts have as many as there are shares of a batch. */
const MOST_LENGTHS = 8;

/**
 * Memory for results that live for a step only, used again and again: fresh arrays of this size cost more in page
 * faults and collection than the products beside them. What is taken holds old numbers.
 */
export class Scratch {
  readonly #free = new Map<number, Float32Array[]>();

  /** An array of that length, whose every number the taker writes. */
  take(length: number): Float32Array {
    return this.#free.get(length)?.pop() ?? new Float32Array(length);
  }

  /** Gives arrays back that nobody will read again. */
  give(...arrays: readonly Float32Array[]): void {
    for (const array of arrays) {
      const free = this.#free.get(array.length);
      if (free !== undefined) {
        free.push(array);
        continue;
      }
      if (this.#free.size === MOST_LENGTHS) this.#free.clear();
      this.#free.set(array.length, [array]);
    }
  }
}
