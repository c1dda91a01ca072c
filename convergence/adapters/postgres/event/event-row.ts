import { sql } from 'kysely';
import type { StoredEvent, TenantChange } from '../../../engine/event/pipeline-event.ts';
import type { StepStatus } from '../../../engine/run/run.ts';

export const STATE_COLUMNS = sql`e.event_id::float8, e.at,
  coalesce(e.tenant_id, e.detail->>'tenantId') AS tenant_id, e.pipeline_id, e.run_id, e.trigger_by,
  e.step_name, e.message, e.detail`;

/**
 * Of runs that are there, and of tenants. `kind` is a literal, so that the partial indexes over events
 * of state serve it.
 */
export const STATE_EVENTS = sql`(SELECT s.*, r.pipeline_id, r.trigger_by
  FROM convergence.run_events s LEFT JOIN tenants.tenant_pipeline_runs r ON r.run_id = s.run_id
  WHERE s.kind = 'state' AND (r.run_id IS NOT NULL OR s.detail ? 'change')) e`;

export interface StateRow {
  readonly event_id: number;
  readonly at: Date;
  readonly tenant_id: string;
  readonly pipeline_id: string | null;
  readonly run_id: string;
  readonly trigger_by: string | null;
  readonly step_name: string | null;
  readonly message: string;
  readonly detail: {
    /** Of a run or step; else there is a change. */
    readonly status: StepStatus;
    readonly change?: TenantChange;
    readonly code?: string;
    readonly attempt?: number;
  };
}

export function storedEventOf(row: StateRow): StoredEvent {
  const { status, change, code = null, attempt = null } = row.detail;
  const { event_id: id, at, tenant_id: tenantId, message } = row;
  if (change) return { id, at, tenantId, change, message, streamId: row.run_id };
  return {
    id,
    at,
    tenantId,
    pipelineId: row.pipeline_id ?? '',
    runId: row.run_id,
    triggerBy: row.trigger_by ?? '',
    step: row.step_name,
    status,
    attempt,
    code,
    message,
  };
}
