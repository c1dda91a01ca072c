import type { ErrorKind } from 'base/error.ts';
import type { RuleVerdict } from '../flow/check/verdict.ts';
import type { Priority, QueueName } from '../pipeline/spec/queue-spec.ts';
import type { Scalar } from '../pipeline/spec/scalar-spec.ts';

export type RunStatus = 'PENDING' | 'RUNNING' | 'COMPLETE' | 'FAILED' | 'CANCELLED';
export type StepStatus = RunStatus | 'SKIPPED';

/** Why something ended badly; the same shape in records, in the API and on the terminal. */
export interface Failure {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint?: string;
}

/** A run as it is stored. */
export interface Run {
  readonly runId: string;
  readonly tenantId: string;
  readonly pipelineId: string;
  readonly status: RunStatus;
  /** Who or what asked for it: `api`, `cli`, `schedule`, a person's name. */
  readonly triggerBy: string;
  readonly parameters: Readonly<Record<string, Scalar>>;
  readonly queue: QueueName;
  readonly priority: Priority;
  /** How often a worker has taken it. */
  readonly attempt: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly failure: Failure | null;
  /** The run whose complete steps this one leaves out. */
  readonly restartOf: string | null;
  /** The run that this one repeats from its first step. */
  readonly replayOf: string | null;
  /** The backfill that it is a part of. */
  readonly groupId: string | null;
  /** What it works for; null: the day on which it was created. */
  readonly interval: Interval | null;
}

/** Calendar days, as `2026-03-01`; the end is the first day that does not belong to it. */
export interface Interval {
  readonly start: string;
  readonly end: string;
}

/** A step of a run: its newest attempt. */
export interface StepRecord {
  readonly name: string;
  readonly type: 'ingest' | 'dq' | 'transform';
  readonly status: StepStatus;
  readonly attempt: number;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly rowsIn: number;
  readonly rowsLoaded: number;
  readonly rowsQuarantined: number;
  readonly rulesPassed: number;
  readonly rulesFailed: number;
  readonly failure: Failure | null;
}

/** What a step has done before it began. */
export const NOTHING_DONE = {
  finishedAt: null,
  rowsIn: 0,
  rowsLoaded: 0,
  rowsQuarantined: 0,
  rulesPassed: 0,
  rulesFailed: 0,
  failure: null,
} as const;

/** A line of a run's log. Progress lines are sent to followers and not kept. */
export interface RunEvent {
  /** Grows within a run; where a follower goes on reading. */
  readonly id: number;
  readonly at: Date;
  readonly step: string | null;
  readonly kind: 'state' | 'log' | 'progress';
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export type NewRunEvent = Omit<RunEvent, 'id' | 'at'>;

/** The verdict of one rule, as kept in `tenant_dq_results`. */
export interface RuleResult extends RuleVerdict {
  readonly step: string;
  readonly table: string;
}
