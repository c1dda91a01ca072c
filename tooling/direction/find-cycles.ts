interface Edge {
  readonly from: string;
  readonly to: string;
}

/**
 * One circle for each group of files that reach each other, shortest way round from the first file
 * of the group by name. A file that imports itself is a circle of one.
 */
export function findCycles(edges: readonly Edge[]): string[][] {
  const next = Map.groupBy(edges, (edge) => edge.from);
  const grouped = new Set<string>();
  const cycles: string[][] = [];
  for (const start of [...next.keys()].toSorted()) {
    const cycle = grouped.has(start) ? undefined : shortestWayRound(start, next);
    if (!cycle) continue;
    cycles.push(cycle);
    for (const file of cycle) grouped.add(file);
  }
  return cycles;
}

function shortestWayRound(start: string, next: Map<string, Edge[]>): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const file of queue) {
    for (const { to } of next.get(file) ?? []) {
      if (to === start) return wayTo(file, start, cameFrom);
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, file);
      queue.push(to);
    }
  }
  return undefined;
}

function wayTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [end];
  for (let file = end; file !== start;) {
    file = cameFrom.get(file) ?? start;
    way.unshift(file);
  }
  return way;
}
