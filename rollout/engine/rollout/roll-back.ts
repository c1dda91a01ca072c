import type { ServiceRef, TrafficTarget } from '../plan/have.ts';
import type { Check } from '../service/rollout-spec.ts';
import type { CheckResult } from './entry.ts';
import type { RolloutDeps } from './rollout-deps.ts';

export interface RollBackRequest {
  readonly ref: ServiceRef;
  /** Null: the newest good one before what serves. */
  readonly revision: string | null;
  readonly reason: string;
  /** Path asked for on the service afterwards; null: none. */
  readonly health: string | null;
}

/** Where a rollback goes to, and what it writes, before it is done. */
export interface RollBackPlan {
  readonly from: string | null;
  readonly to: string;
  readonly before: readonly TrafficTarget[];
  readonly after: readonly TrafficTarget[];
  /** The live rollout that it ends. */
  readonly rolloutId: string | null;
}

export interface RollBackCandidate {
  readonly revision: string;
  readonly createdAt: string;
  readonly percent: number;
  /** Null: it can be returned to. */
  readonly unfit: string | null;
}

export interface RolledBack extends RollBackPlan {
  /** From the command to the read-back of the traffic. */
  readonly tookMs: number;
  readonly checks: readonly CheckResult[];
}

type Deps = Pick<RolloutDeps, 'platform' | 'journal' | 'prober' | 'clock' | 'newId' | 'who'>;

/** All revisions, the newest first, with why one cannot be returned to. @throws service_absent */
export async function listRollBackCandidates(
  ref: ServiceRef,
  deps: Deps,
): Promise<readonly RollBackCandidate[]> {
  throw new Error(`not yet: ${ref.service} ${String(deps)}`);
}

/** What `rollBack` would do. @throws service_absent, revision_absent, nothing_to_return_to */
export async function planRollBack(request: RollBackRequest, deps: Deps): Promise<RollBackPlan> {
  throw new Error(`not yet: ${request.reason} ${String(deps)}`);
}

/**
 * Moves all traffic to a good revision in one write, in the middle of a rollout (which ends) or
 * outside of one, quarantines what served, and writes a journal of its own.
 */
export async function rollBack(request: RollBackRequest, deps: Deps): Promise<RolledBack> {
  throw new Error(`not yet: ${request.reason} ${String(deps)}`);
}

export type { Check };
