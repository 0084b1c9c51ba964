/** Lets at most so many pieces of work run at once; the others wait for their turn, first come first served. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/** Turns for `most` at once. */
export function turnsFor(most: number): Turns {
  let running = 0;
  const waiting: (() => void)[] = [];
  const enter = async () => {
    if (running >= most) return new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
  };
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
