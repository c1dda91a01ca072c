import type { Effect } from '../plan/effect.ts';
import type { Have, TrafficTarget } from '../plan/have.ts';

type Test<K extends Effect['kind']> = (
  effect: Extract<Effect, { kind: K }>,
  have: Have | null,
) => boolean;

const TESTS: { readonly [K in Effect['kind']]: Test<K> } = {
  createService: ({ revision }, have) => stateOf(revision, have) === 'ready',
  deployRevision: ({ revision }, have) => stateOf(revision, have) === 'ready',
  moveTraffic: ({ traffic }, have) =>
    have !== null &&
    samePercents(have.traffic, traffic) &&
    samePercents(have.served, traffic) &&
    traffic.every((target) => target.tag === undefined || hasTag(have, target)),
  annotate: ({ annotations }, have) =>
    Object.entries(annotations).every(
      ([name, value]) => (have?.annotations[name] ?? null) === value,
    ),
  deleteRevision: ({ revision }, have) => have !== null && stateOf(revision, have) === null,
};

/**
 * Whether an effect is in force, as far as one can see. After a lost answer this decides between
 * confirming and repeating, so it must not take a write that only looks alike for ours.
 */
export function isDone(effect: Effect, have: Have | null): boolean {
  // The compiler cannot see that the test is the one of this kind.
  return (TESTS[effect.kind] as Test<Effect['kind']>)(effect, have);
}

/** Null when there is no such revision. */
export function stateOf(
  revision: string,
  have: Have | null,
): 'pending' | 'ready' | 'failed' | null {
  return have?.revisions.find(({ name }) => name === revision)?.state ?? null;
}

/** Whether both send the same share to each revision; tags and the order do not matter. */
export function samePercents(
  some: readonly TrafficTarget[],
  others: readonly TrafficTarget[],
): boolean {
  const [a, b] = [percents(some), percents(others)];
  return a.size === b.size && [...a].every(([revision, percent]) => b.get(revision) === percent);
}

export function percentOf(revision: string, traffic: readonly TrafficTarget[]): number {
  return percents(traffic).get(revision) ?? 0;
}

function percents(traffic: readonly TrafficTarget[]): Map<string | null, number> {
  const sums = new Map<string | null, number>();
  for (const { revision, percent } of traffic) {
    if (percent > 0) sums.set(revision, (sums.get(revision) ?? 0) + percent);
  }
  return sums;
}

function hasTag(have: Have, { tag, revision }: TrafficTarget): boolean {
  return have.traffic.some((target) => target.tag === tag && target.revision === revision);
}
