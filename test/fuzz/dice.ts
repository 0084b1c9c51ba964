/** Seeded random choices (mulberry32), so that a case is found again by its seed. */
export class Dice {
  constructor(private state: number) {}

  /** A whole number from 0 to sides - 1. */
  roll(sides: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  }

  /** True once in that many times. */
  once(sides: number): boolean {
    return this.roll(sides) === 0;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.roll(values.length)]!;
  }

  shuffled<T>(values: readonly T[]): T[] {
    const mixed = [...values];
    for (let at = mixed.length - 1; at > 0; at--) {
      const other = this.roll(at + 1);
      [mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!];
    }
    return mixed;
  }
}
