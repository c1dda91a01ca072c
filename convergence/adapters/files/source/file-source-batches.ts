/** Calls to the file system that run at once; more only queue up before libuv's threads. */
const BATCH = 64;

/** The results of `work` for each item, in their order, a few at a time. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += BATCH) {
    const batch = items.slice(start, start + BATCH);
    results.push(...(await Promise.all(batch.map((item, at) => work(item, start + at)))));
  }
  return results;
}
