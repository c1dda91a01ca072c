import type { ServiceRef } from '../plan/have.ts';
import type { JudgePolicy } from '../service/rollout-spec.ts';
import type { RolloutDeps } from './rollout-deps.ts';
import type { RolloutState } from './rollout-state.ts';

export interface WatchRequest {
  readonly ref: ServiceRef;
  readonly canary: string;
  readonly durationMs: number;
  /** Between two looks; also the length of a tick that is asked for. */
  readonly intervalMs: number;
  readonly judge: Extract<JudgePolicy, { kind: 'thresholds' }>;
}

/**
 * Watches a canary that somebody else deployed and takes it back when it breaks a limit. Gives its
 * state at the end: `promoted` says that it stayed within them; its traffic is not moved then.
 * @throws service_absent, revision_absent; rollout_refused when it serves nobody
 */
export async function watchCanary(
  request: WatchRequest,
  deps: RolloutDeps,
  signal: AbortSignal,
): Promise<RolloutState> {
  throw new Error(`not yet: ${request.canary} ${String(deps)} ${String(signal)}`);
}
