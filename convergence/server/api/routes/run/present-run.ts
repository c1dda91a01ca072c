import type { Run, StepRecord } from '../../../../engine/run/run.ts';
import type { RunAnswer, StepAnswer, TriggerAnswer } from '../../contract/run/run.ts';

export function presentTrigger(run: Run): TriggerAnswer {
  return { pipeline_logging_id: run.runId, status: run.status };
}

export function presentRun(run: Run): RunAnswer {
  return {
    pipeline_logging_id: run.runId,
    pipeline_id: run.pipelineId,
    tenant_id: run.tenantId,
    status: run.status,
    trigger_by: run.triggerBy,
    parameters: run.parameters,
    queue: run.queue,
    priority: run.priority,
    attempt: run.attempt,
    created_at: run.createdAt.toISOString(),
    ...presentSpan(run),
    failure: run.failure,
    restart_of: run.restartOf,
    replay_of: run.replayOf,
    group_id: run.groupId,
    interval_start: run.interval?.start ?? null,
    interval_end: run.interval?.end ?? null,
  };
}

export function presentStep(step: StepRecord): StepAnswer {
  return {
    name: step.name,
    type: step.type,
    status: step.status,
    attempt: step.attempt,
    ...presentSpan(step),
    rows_in: step.rowsIn,
    rows_loaded: step.rowsLoaded,
    rows_quarantined: step.rowsQuarantined,
    rules_passed: step.rulesPassed,
    rules_failed: step.rulesFailed,
    failure: step.failure,
  };
}

function presentSpan(span: { startedAt: Date | null; finishedAt: Date | null }) {
  return {
    started_at: span.startedAt?.toISOString() ?? null,
    finished_at: span.finishedAt?.toISOString() ?? null,
  };
}
