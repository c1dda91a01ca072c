import type { Have, TrafficTarget } from '../have.ts';
import { spreadPercent, sumPercent } from './spread-percent.ts';

/**
 * The traffic of a service with revisions in place of LATEST, so that a new revision gets none by
 * itself; it sums to 100. Null when no revision is ready, and so nothing can be pinned to serve.
 */
export function pinTraffic(
  have: Pick<Have, 'traffic' | 'revisions'>,
): readonly TrafficTarget[] | null {
  const latest = latestReady(have);
  if (latest === null) return null;
  // Cloud Run shows a service without traffic of its own as one that follows LATEST.
  const asked = have.traffic.length > 0 ? have.traffic : [{ revision: null, percent: 100 }];
  const pinned = asked.map((target) => ({ ...target, revision: target.revision ?? latest }));
  const joined = joinTargets(pinned);
  const all = sumPercent(joined) > 0 ? joined : [{ revision: latest, percent: 100 }, ...joined];
  return spreadPercent(all, 100);
}

/** What LATEST stands for: the newest revision that is ready. */
export function latestReady({ revisions }: Pick<Have, 'revisions'>): string | null {
  return revisions.find(({ state }) => state === 'ready')?.name ?? null;
}

/** One entry for each revision without a tag, and none that neither serves nor has a tag. */
export function joinTargets(targets: readonly TrafficTarget[]): readonly TrafficTarget[] {
  const joined: TrafficTarget[] = [];
  for (const target of targets) {
    const at = joined.findIndex(
      ({ revision, tag }) =>
        tag === undefined && target.tag === undefined && revision === target.revision,
    );
    const known = joined[at];
    if (known) joined[at] = { ...known, percent: known.percent + target.percent };
    else joined.push(target);
  }
  return joined.filter(({ percent, tag }) => percent > 0 || tag !== undefined);
}
