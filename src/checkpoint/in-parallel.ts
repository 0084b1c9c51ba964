/**
 * `work` over all items, at most `limit` at once, results in order. After a failure nothing new is begun; what runs
 * is awaited, then the first failure is thrown, so that no file stays open behind the caller's back.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      const at = next++;
      await work(items[at]!).then(
        (result) => {
          results[at] = result;
        },
        (failure) => failures.push(failure),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
