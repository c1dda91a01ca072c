import { AppError } from 'base/error.ts';
import type { TenantScope } from '../../tenant/tenant-scope.ts';
import type { RunFilter, RunStore } from '../run-store.ts';
import type { Failure, Run, RunStatus } from '../run.ts';

export interface ManyRuns {
  readonly action: 'cancel' | 'restart';
  readonly filter: RunFilter;
  /** At most so many are changed, the oldest first. */
  readonly limit: number;
  /** Only counts. */
  readonly dryRun: boolean;
  readonly by: string;
  /** For restarts: how many the tenant declares now. */
  readonly sources?: number;
}

export interface ChangeReport {
  /** Runs that fit the filter; more than `done` and `refused` when the limit was reached. */
  readonly matched: number;
  readonly done: readonly ChangedRun[];
  readonly refused: readonly { readonly runId: string; readonly failure: Failure }[];
}

export interface ChangedRun {
  readonly runId: string;
  /** The run that was cancelled, or the one that the restart began. */
  readonly now: Pick<Run, 'runId' | 'status'>;
}

const DEFAULT_STATUSES: Record<ManyRuns['action'], readonly RunStatus[]> = {
  cancel: ['PENDING', 'RUNNING'],
  restart: ['FAILED'],
};

/**
 * Cancels or restarts each run that fits, in a transaction of its own. Doing it again does nothing
 * twice: a run that ended does not fit a cancel, one that was restarted no restart.
 */
export async function changeRuns(
  scope: TenantScope,
  many: ManyRuns,
  runs: Pick<RunStore, 'findRuns' | 'cancelRun' | 'restartRun'>,
): Promise<ChangeReport> {
  const { action, filter, limit, by, sources } = many;
  const found = await runs.findRuns(scope, {
    statuses: DEFAULT_STATUSES[action],
    ...filter,
    limit,
    notRestarted: action === 'restart',
  });
  const done: ChangedRun[] = [];
  const refused: { runId: string; failure: Failure }[] = [];
  for (const { runId } of many.dryRun ? [] : found.runs) {
    const change =
      action === 'cancel'
        ? runs.cancelRun(scope, runId, by)
        : runs.restartRun(scope, runId, { by, once: true, sources });
    await change.then(
      (now) => done.push({ runId, now: { runId: now.runId, status: now.status } }),
      (error: unknown) => refused.push({ runId, failure: refusalOf(error) }),
    );
  }
  return { matched: found.matched, done, refused };
}

/** What speaks against one run does not stop the others; what is broken does. */
function refusalOf(error: unknown): Failure {
  if (!(error instanceof AppError) || error.kind === 'broken') throw error;
  const { code, kind, message, hint } = error;
  return { code, kind, message, ...(hint !== undefined && { hint }) };
}
