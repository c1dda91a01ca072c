import type { TenantScope } from '../../tenant/tenant-scope.ts';
import type { RunRequest } from '../run-store.ts';
import type { Interval, Run, RunStatus } from '../run.ts';

/** Runs of one pipeline over many intervals, seen and cancelled as one. */
export interface Backfill {
  readonly groupId: string;
  /** The newest run of each interval, the oldest interval first; never empty. */
  readonly runs: readonly Run[];
}

export interface BackfillRequest {
  /** Of each run; its idempotency key is that of the whole. */
  readonly request: Omit<RunRequest, 'groupId' | 'interval'>;
  /** The oldest first; runs are queued in this order. */
  readonly intervals: readonly Interval[];
}

/** Backfills, for the doors: always in the scope of a tenant. */
export interface BackfillStore {
  /**
   * A run for each interval, all or none in one transaction. Those that a quota refuses are runs as
   * well, with the reason.
   * @throws tenant_absent, tenant_suspended, idempotency_conflict
   */
  startBackfill(scope: TenantScope, backfill: BackfillRequest): Promise<Backfill>;
  /** @throws backfill_absent */
  getBackfill(scope: TenantScope, groupId: string): Promise<Backfill>;
  /** Cancels what has not ended; repeating it changes nothing. @throws backfill_absent */
  cancelBackfill(scope: TenantScope, groupId: string, by: string): Promise<Backfill>;
}

/** Where a backfill stands as a whole: what is under way counts first, then what went wrong. */
export function statusOf({ runs }: Backfill): RunStatus {
  const has = (status: RunStatus) => runs.some((run) => run.status === status);
  if (has('RUNNING')) return 'RUNNING';
  if (has('PENDING'))
    return runs.every(({ status }) => status === 'PENDING') ? 'PENDING' : 'RUNNING';
  if (has('FAILED')) return 'FAILED';
  return has('CANCELLED') ? 'CANCELLED' : 'COMPLETE';
}
