import type { TrafficTarget } from '../have.ts';
import { joinTargets } from './pin-traffic.ts';
import { spreadPercent, sumPercent } from './spread-percent.ts';

export interface Given {
  /** The short name. */
  readonly revision: string;
  /** Percent of all requests. */
  readonly percent: number;
  /** For a revision that has no entry yet. */
  readonly tag?: string;
}

/**
 * Traffic in which one revision has a percentage and the others share the rest as they did. All
 * tags stay where they are, those of others too; what has neither percent nor tag goes. `base`:
 * without LATEST, summing to 100.
 */
export function giveTraffic(
  base: readonly TrafficTarget[],
  { revision, percent, tag }: Given,
): readonly TrafficTarget[] {
  const others = base.filter((target) => target.revision !== revision);
  const own = base.filter((target) => target.revision === revision);
  const known: readonly TrafficTarget[] =
    own.length > 0 ? own : [{ revision, percent: 0, ...(tag !== undefined && { tag }) }];
  const mine = spread(known, sumPercent(others) === 0 ? 100 : percent);
  const rest =
    percent === 100
      ? others.map((target) => ({ ...target, percent: 0 }))
      : spreadPercent(others, 100 - percent);
  return joinTargets([...rest, ...mine]);
}

/** The first entry of a revision carries all that it gets. */
function spread(own: readonly TrafficTarget[], percent: number): readonly TrafficTarget[] {
  return own.map((target, index) => ({ ...target, percent: index === 0 ? percent : 0 }));
}

/** The revision with most of the traffic, the first of equals; null when nothing serves. */
export function mainRevision(targets: readonly TrafficTarget[]): string | null {
  const totals = new Map<string, number>();
  for (const { revision, percent } of targets) {
    if (revision !== null && percent > 0) {
      totals.set(revision, (totals.get(revision) ?? 0) + percent);
    }
  }
  const [main] = [...totals].toSorted(([, a], [, b]) => b - a);
  return main?.[0] ?? null;
}
