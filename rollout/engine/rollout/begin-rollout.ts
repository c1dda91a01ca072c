import type { JournalPlace } from '../apply/journal-store.ts';
import type { PlanFacts, Want } from '../plan/plan.ts';
import type { BuildRequest } from './builder.ts';
import type { RolloutDeps } from './rollout-deps.ts';

export interface BeginRequest {
  readonly want: Want;
  readonly facts: PlanFacts;
  /** Null: `want.image` is there already. Else it is replaced by the built image with its digest. */
  readonly build: Omit<BuildRequest, 'folder'> | null;
  /** Takes the lock although another rollout holds it. */
  readonly breakLock: boolean;
}

/**
 * Reads what there is, plans, and writes the first entry of the journal; nothing has moved then.
 * `advance` does the rest. The rollout's id is `want.rolloutId`.
 * @throws rollout_refused (kind conflict) when a gate of the plan is closed, with its message
 */
export async function beginRollout(
  request: BeginRequest,
  deps: Pick<RolloutDeps, 'platform' | 'journal' | 'clock'>,
): Promise<JournalPlace> {
  throw new Error(`not yet: ${request.want.rolloutId} ${String(deps)}`);
}
