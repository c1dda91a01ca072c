import { sql } from 'kysely';
import { PRIORITIES } from '../../../engine/pipeline/spec/queue-spec.ts';
import type { QueueName } from '../../../engine/pipeline/spec/queue-spec.ts';
import type { Failure, Run, RunEvent, RunStatus, StepRecord } from '../../../engine/run/run.ts';

/** Numbers are cast in SQL because `pg` gives int8 as text and PGlite as a number. */
export const RUN_COLUMNS = sql`r.run_id, r.tenant_id, r.pipeline_id, r.status, r.trigger_by,
  r.parameters, r.queue, r.priority, r.attempt, r.created_at, r.started_at, r.finished_at, r.failure, r.restart_of,
  r.replay_of, r.group_id, r.interval_start::text, r.interval_end::text`;

export interface RunRow {
  readonly run_id: string;
  readonly tenant_id: string;
  readonly pipeline_id: string;
  readonly status: RunStatus;
  readonly trigger_by: string;
  readonly parameters: Run['parameters'];
  readonly queue: QueueName;
  /** Place in PRIORITIES. */
  readonly priority: number;
  readonly attempt: number;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly failure: Failure | null;
  readonly restart_of: string | null;
  readonly replay_of: string | null;
  readonly group_id: string | null;
  readonly interval_start: string | null;
  readonly interval_end: string | null;
}

export function runOf(row: RunRow): Run {
  const { interval_start: start, interval_end: end } = row;
  return {
    runId: row.run_id,
    tenantId: row.tenant_id,
    pipelineId: row.pipeline_id,
    status: row.status,
    triggerBy: row.trigger_by,
    parameters: row.parameters,
    queue: row.queue,
    priority: PRIORITIES[row.priority] ?? 'normal',
    attempt: row.attempt,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    failure: row.failure,
    restartOf: row.restart_of,
    replayOf: row.replay_of,
    groupId: row.group_id,
    interval: start !== null && end !== null ? { start, end } : null,
  };
}

export const STEP_COLUMNS = sql`s.run_id, s.step_name, s.step_type, s.status, s.attempt,
  s.started_at, s.finished_at, s.rows_in::float8, s.rows_loaded::float8,
  s.rows_quarantined::float8, s.rules_passed, s.rules_failed, s.failure`;

export interface StepRow {
  readonly run_id: string;
  readonly step_name: string;
  readonly step_type: StepRecord['type'];
  readonly status: StepRecord['status'];
  readonly attempt: number;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly rows_in: number;
  readonly rows_loaded: number;
  readonly rows_quarantined: number;
  readonly rules_passed: number;
  readonly rules_failed: number;
  readonly failure: Failure | null;
}

export function stepOf(row: StepRow): StepRecord {
  return {
    name: row.step_name,
    type: row.step_type,
    status: row.status,
    attempt: row.attempt,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    rowsIn: row.rows_in,
    rowsLoaded: row.rows_loaded,
    rowsQuarantined: row.rows_quarantined,
    rulesPassed: row.rules_passed,
    rulesFailed: row.rules_failed,
    failure: row.failure,
  };
}

export const EVENT_COLUMNS = sql`e.event_id::float8, e.at, e.step_name, e.kind, e.level, e.message,
  e.detail`;

export interface EventRow {
  readonly event_id: number;
  readonly at: Date;
  readonly step_name: string | null;
  readonly kind: RunEvent['kind'];
  readonly level: RunEvent['level'];
  readonly message: string;
  readonly detail: RunEvent['detail'];
}

export function eventOf(row: EventRow): RunEvent {
  const { event_id: id, at, step_name: step, kind, level, message, detail } = row;
  return { id, at, step, kind, level, message, detail };
}
