import type { Revision, TrafficTarget } from '../have.ts';
import { isOwnTag } from './name-revision.ts';

export interface Cleanup {
  /** Traffic without the tags that only kept what goes. */
  readonly traffic: readonly TrafficTarget[];
  /** Short names, the oldest first; each is retired once the traffic is written. */
  readonly revisions: readonly string[];
}

export interface CleanupQuestion {
  readonly service: string;
  /** The newest first. */
  readonly revisions: readonly Revision[];
  /** As it is when the cleaning begins. */
  readonly traffic: readonly TrafficTarget[];
  /** So many of the newest stay. */
  readonly keep: number;
  /** Those that traffic can return to stay, too. */
  readonly targets: readonly string[];
}

/** Which old revisions may go: none that serves, that others have tagged, or that is a way back. */
export function chooseCleanup(question: CleanupQuestion): Cleanup {
  const { service, revisions, traffic, keep, targets } = question;
  const kept = new Set<string | null>([
    ...targets,
    ...revisions.slice(0, keep).map(({ name }) => name),
    ...revisions.filter(({ state }) => state === 'pending').map(({ name }) => name),
    ...traffic
      .filter(({ revision, percent, tag }) => percent > 0 || !isOwn(service, revision, tag))
      .map(({ revision }) => revision),
  ]);
  const going = revisions.map(({ name }) => name).filter((name) => !kept.has(name));
  return {
    traffic: traffic.filter(({ revision }) => revision === null || !going.includes(revision)),
    revisions: going.toReversed(),
  };
}

function isOwn(service: string, revision: string | null, tag: string | undefined): boolean {
  return revision !== null && tag !== undefined && isOwnTag(service, revision, tag);
}
