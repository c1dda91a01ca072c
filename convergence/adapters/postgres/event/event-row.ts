import { sql } from 'kysely';
import type { PipelineEvent } from '../../../engine/event/pipeline-event.ts';
import type { StepStatus } from '../../../engine/run/run.ts';

export const STATE_COLUMNS = sql`e.event_id::float8, e.at, e.tenant_id, r.pipeline_id, e.run_id,
  r.trigger_by, e.step_name, e.message, e.detail`;

/** `kind` is a literal, so that the partial indexes over events of state serve it. */
export const STATE_EVENTS = sql`convergence.run_events e
  JOIN tenants.tenant_pipeline_runs r ON r.run_id = e.run_id AND e.kind = 'state'`;

export interface StateRow {
  readonly event_id: number;
  readonly at: Date;
  readonly tenant_id: string;
  readonly pipeline_id: string;
  readonly run_id: string;
  readonly trigger_by: string;
  readonly step_name: string | null;
  readonly message: string;
  readonly detail: {
    readonly status: StepStatus;
    readonly code?: string;
    readonly attempt?: number;
  };
}

export function pipelineEventOf(row: StateRow): PipelineEvent {
  const { status, code = null, attempt = null } = row.detail;
  return {
    id: row.event_id,
    at: row.at,
    tenantId: row.tenant_id,
    pipelineId: row.pipeline_id,
    runId: row.run_id,
    triggerBy: row.trigger_by,
    step: row.step_name,
    status,
    attempt,
    code,
    message: row.message,
  };
}
