import type { TenantScope } from '../tenant/tenant-scope.ts';
import type { Scalar } from '../pipeline/spec/scalar-spec.ts';
import type { RuleResult, Run, RunEvent, RunStatus, StepRecord } from './run.ts';

export interface RunRequest {
  readonly pipelineId: string;
  readonly triggerBy: string;
  readonly parameters: Readonly<Record<string, Scalar>>;
  /** The same key with the same request gives the same run for a day. */
  readonly idempotencyKey?: string;
  /** Steps of the run that this one restarts, which need not run again. */
  readonly restartOf?: string;
  readonly concurrency?: { limit: number; onConflict: 'queue' | 'skip' | 'cancel' };
}

export interface RunFilter {
  readonly pipelineId?: string;
  readonly status?: RunStatus;
  readonly limit: number;
  /** Opaque, from the page before. */
  readonly cursor?: string;
}

/** Records of runs, for the doors: always in the scope of a tenant. */
export interface RunStore {
  /**
   * One transaction: tenant active, quota, idempotency, concurrency, the run and its place in the
   * queue. Rings the doorbell after it has committed.
   * @throws tenant_absent, tenant_suspended, quota_exceeded, idempotency_conflict
   */
  admitRun(scope: TenantScope, request: RunRequest): Promise<Run>;
  /** @throws run_absent */
  getRun(scope: TenantScope, runId: string): Promise<Run & { steps: readonly StepRecord[] }>;
  listRuns(
    scope: TenantScope,
    filter: RunFilter,
  ): Promise<{ runs: readonly Run[]; next: string | null }>;
  /**
   * A pending run ends at once; a running one is told to stop. Repeating it changes nothing.
   * @throws run_absent, run_finished
   */
  cancelRun(scope: TenantScope, runId: string, by: string): Promise<Run>;
  /**
   * A new run of the same pipeline and parameters which skips steps that were complete.
   * @throws run_absent, run_active
   */
  restartRun(scope: TenantScope, runId: string, by: string): Promise<Run>;
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
