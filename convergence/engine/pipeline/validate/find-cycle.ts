/** Names that depend on each other in a circle, as `[a, b, a]`; null when there is none. */
export function findCycle(dependencies: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  for (const start of dependencies.keys()) {
    const cycle = follow(start, [], { dependencies, done });
    if (cycle) return cycle;
  }
  return null;
}

interface Walk {
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  readonly done: Set<string>;
}

function follow(name: string, trail: readonly string[], walk: Walk): string[] | null {
  const seenAt = trail.indexOf(name);
  if (seenAt !== -1) return [...trail.slice(seenAt), name];
  if (walk.done.has(name)) return null;
  for (const next of walk.dependencies.get(name) ?? []) {
    const cycle = follow(next, [...trail, name], walk);
    if (cycle) return cycle;
  }
  walk.done.add(name);
  return null;
}
