import type { QueueName } from '../pipeline/spec/queue-spec.ts';
import type { TraceContext } from './trace/trace-context.ts';
import type { WorkerSheet } from './queue/queue-control.ts';
import type { Failure, NewRunEvent, RuleResult, Run, RunStatus, StepRecord } from './run.ts';

/** What a worker holds while it executes a run. */
export interface Claim {
  readonly run: Run;
  readonly tenantId: string;
  /** The first run of a chain of restarts; loads are named after it, so none is done twice. */
  readonly rootRunId: string;
  /** Higher than that of every earlier claim of the run. */
  readonly fence: bigint;
  readonly steps: readonly StepRecord[];
  /** Names of steps that were complete in the run that this one restarts. */
  readonly doneBefore: readonly string[];
  /** Of the request that asked for the run, where it had one. */
  readonly trace?: TraceContext | undefined;
}

/**
 * The queue, for workers. Every write names the fence of its claim and is refused with `lease_lost`
 * when a newer one exists.
 */
export interface RunQueue {
  /**
   * Takes up to `limit` waiting runs of `queues`, each with a lease: fair between tenants, and of
   * one tenant the highest priority first, then the oldest.
   */
  claimRuns(worker: string, options: ClaimOptions): Promise<readonly Claim[]>;
  /** Extends leases; returns the run ids that are lost and those whose cancel was asked. */
  heartbeat(
    worker: string,
    claims: readonly Claim[],
    leaseMs: number,
  ): Promise<{ lost: readonly string[]; cancelled: readonly string[] }>;
  startStep(claim: Claim, step: Pick<StepRecord, 'name' | 'type' | 'attempt'>): Promise<void>;
  finishStep(claim: Claim, step: StepRecord, results: readonly RuleResult[]): Promise<void>;
  appendEvents(claim: Claim, events: readonly NewRunEvent[]): Promise<void>;
  /** Progress for followers in this process or any other; may be lost. */
  sendProgress(claim: Claim, event: NewRunEvent): void;
  finishRun(claim: Claim, status: RunStatus, failure: Failure | null): Promise<void>;
  /** Gives a run back unfinished (SIGTERM): another worker takes it at once. */
  releaseRun(claim: Claim): Promise<void>;
  /**
   * Re-queues runs whose lease ended, or fails them after `maxAttempts`. Safe to call anywhere; in
   * the same transaction the worker that calls says that it lives.
   */
  reapOrphans(maxAttempts: number, caller?: WorkerSheet): Promise<readonly string[]>;
  /** Takes the worker off the list of those that live. */
  signOut(worker: string): Promise<void>;
  /** Resolves when work may be waiting or a cancel was asked, at the latest after `timeoutMs`. */
  waitForBell(timeoutMs: number, signal: AbortSignal): Promise<void>;
}

export interface ClaimOptions {
  readonly limit: number;
  /** Absent: all. */
  readonly queues?: readonly QueueName[];
  readonly leaseMs: number;
}
