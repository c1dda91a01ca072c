import type { Have, Revision, TrafficTarget } from '../have.ts';
import { quarantineOf } from '../marks.ts';
import { mainRevision } from '../traffic/give-traffic.ts';
import { latestReady } from '../traffic/pin-traffic.ts';

/** What the journals know of an earlier rollout that is over. */
export interface PastRollout {
  readonly revision: string;
  /** What served before it. */
  readonly stable: string | null;
  readonly outcome: 'promoted' | 'rolledBack' | 'failed' | 'aborted';
  /** When it ended, RFC 3339. */
  readonly at: string;
}

export interface RollbackFacts {
  /** Of any order. */
  readonly history: readonly PastRollout[];
  /** What is to be left: the canary of a live rollout; null: what serves most. */
  readonly leaving: string | null;
}

export interface RollbackCandidate {
  readonly revision: string;
  readonly createdAt: string;
  readonly percent: number;
  /** Why it cannot be returned to; null when it can. */
  readonly unfit: string | null;
}

/** All revisions, the newest first, with why one cannot be returned to. */
export function rollbackCandidates(have: Have, facts: RollbackFacts): RollbackCandidate[] {
  const leaving = facts.leaving ?? mainRevision(inForce(have));
  return have.revisions
    .map((revision) => ({
      revision: revision.name,
      createdAt: revision.createdAt,
      percent: percentOf(have, revision.name),
      unfit: unfitness(revision, have, { ...facts, leaving }),
    }))
    .toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
}

/**
 * The previous good revision: one that serves beside the one to be left, else the last that is
 * known to have had all traffic, else the newest before it. Null when there is none.
 */
export function chooseRollbackTarget(have: Have, facts: RollbackFacts): string | null {
  const fit = rollbackCandidates(have, facts).filter(({ unfit }) => unfit === null);
  const [serving] = fit.filter(({ percent }) => percent > 0).toSorted(byPercent);
  if (serving) return serving.revision;
  const last = facts.history
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .flatMap(servedAll)
    .find((name) => fit.some(({ revision }) => revision === name));
  return last ?? fit[0]?.revision ?? null;
}

function unfitness(revision: Revision, have: Have, facts: RollbackFacts): string | null {
  const { name, state, message } = revision;
  if (name === facts.leaving) return 'it is the one to be left';
  if (state === 'failed') return `it failed${message ? `: ${message}` : ''}`;
  if (state === 'pending') return 'it is not ready';
  const banned = quarantineOf(have).find((one) => one.revision === name);
  if (banned) return `it is quarantined since ${banned.at}: ${banned.why}`;
  if (percentOf(have, name) > 0 || facts.history.flatMap(servedAll).includes(name)) return null;
  const past = facts.history.find((one) => one.revision === name);
  if (past) return `its rollout ended as ${past.outcome}`;
  if (have.traffic.some((target) => target.revision === name)) {
    return 'only a tag points to it, and nobody knows that it ever served';
  }
  const left = have.revisions.find((one) => one.name === facts.leaving);
  const isNewer =
    left !== undefined && Date.parse(left.createdAt) <= Date.parse(revision.createdAt);
  return isNewer ? 'it is newer than what serves, and nobody knows that it ever served' : null;
}

/** The revisions that a past rollout proves to have had all traffic, the last first. */
function servedAll({ revision, stable, outcome }: PastRollout): string[] {
  const before = stable === null ? [] : [stable];
  return outcome === 'promoted' ? [revision, ...before] : before;
}

/** Cloud Run does not say which revision LATEST is. */
function inForce(have: Have): readonly TrafficTarget[] {
  const latest = latestReady(have);
  return have.served.map((target) => ({ ...target, revision: target.revision ?? latest }));
}

function percentOf(have: Have, name: string): number {
  return inForce(have)
    .filter(({ revision }) => revision === name)
    .reduce((sum, { percent }) => sum + percent, 0);
}

function byPercent(a: RollbackCandidate, b: RollbackCandidate): number {
  return b.percent - a.percent;
}
