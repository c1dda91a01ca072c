import type { TenantScope } from '../tenant/tenant-scope.ts';
import type { Priority, QueueName } from '../pipeline/spec/queue-spec.ts';
import type { Scalar } from '../pipeline/spec/scalar-spec.ts';
import type { Interval, RuleResult, Run, RunEvent, RunStatus, StepRecord } from './run.ts';

export interface RunRequest {
  readonly pipelineId: string;
  readonly triggerBy: string;
  readonly parameters: Readonly<Record<string, Scalar>>;
  /** The same key with the same request gives the same run for a day. */
  readonly idempotencyKey?: string;
  /** Steps of the run that this one restarts, which need not run again. */
  readonly restartOf?: string;
  readonly replayOf?: string;
  readonly groupId?: string;
  readonly interval?: Interval;
  /** Absent: `pipeline`. */
  readonly queue?: QueueName;
  /** Absent: `normal`. */
  readonly priority?: Priority;
  /** How many the tenant declares now; absent: nobody has counted. */
  readonly sources?: number;
  readonly concurrency?: { limit: number; onConflict: 'queue' | 'skip' | 'cancel' };
  /**
   * For triggers behind which nobody waits, as a schedule: when the tenant is suspended or a limit of
   * its plan is reached, `admitRun` does not throw but records a run that has ended. It is FAILED,
   * its failure has the code `tenant_suspended` or `quota_exceeded`, and no quota counts it.
   */
  readonly recordRefusal?: boolean;
}

export interface Restart extends Pick<RunRequest, 'sources'> {
  readonly by: string;
  /** Not when it was restarted before. */
  readonly once?: boolean;
}

/** Which runs; what is not named is not asked for. */
export interface RunFilter {
  readonly pipelineId?: string;
  readonly statuses?: readonly RunStatus[];
  readonly triggerBy?: string;
  readonly createdFrom?: Date;
  /** Not included. */
  readonly createdTo?: Date;
  readonly groupId?: string;
  /** From the first claim to the end, or until now. */
  readonly minDurationMs?: number;
}

export interface RunPage extends RunFilter {
  readonly limit: number;
  /** Opaque, from the page before. */
  readonly cursor?: string;
}

export interface RunSearch extends RunFilter {
  readonly limit: number;
  /** Leaves out those that were restarted before. */
  readonly notRestarted?: boolean;
}

/** Records of runs, for the doors: always in the scope of a tenant. */
export interface RunStore {
  /**
   * One transaction: tenant active, quota, idempotency, concurrency, the run and its place in the
   * queue. Rings the doorbell after it has committed.
   * @throws tenant_absent, tenant_suspended, quota_exceeded, idempotency_conflict; the second and
   *   third not with `recordRefusal`
   */
  admitRun(scope: TenantScope, request: RunRequest): Promise<Run>;
  /** @throws run_absent */
  getRun(scope: TenantScope, runId: string): Promise<Run & { steps: readonly StepRecord[] }>;
  listRuns(
    scope: TenantScope,
    page: RunPage,
  ): Promise<{ runs: readonly Run[]; next: string | null }>;
  /** Up to `limit` of them, the oldest first, and how many there are. */
  findRuns(
    scope: TenantScope,
    found: RunSearch,
  ): Promise<{ runs: readonly Run[]; matched: number }>;
  /**
   * A pending run ends at once; a running one is told to stop. Repeating it changes nothing.
   * @throws run_absent, run_finished
   */
  cancelRun(scope: TenantScope, runId: string, by: string): Promise<Run>;
  /**
   * A new run of the same pipeline and parameters which skips steps that were complete.
   * @throws run_absent, run_active, tenant_suspended, quota_exceeded; run_restarted when it may
   *   happen `once` and has
   */
  restartRun(scope: TenantScope, runId: string, how: Restart): Promise<Run>;
  readEvents(scope: TenantScope, runId: string, after: number): Promise<readonly RunEvent[]>;
  /**
   * Yields stored and live events (progress too) until the run has ended.
   */
  followEvents(
    scope: TenantScope,
    runId: string,
    after: number,
    signal: AbortSignal,
  ): AsyncIterable<RunEvent>;
  listRuleResults(scope: TenantScope, runId: string): Promise<readonly RuleResult[]>;
}
