/** By name. */
export type Counts = Readonly<Record<string, number>>;

export function addCounts(sum: Counts, more: Counts = {}): Counts {
  const all = { ...sum };
  for (const [name, count] of Object.entries(more)) all[name] = (all[name] ?? 0) + count;
  return all;
}
