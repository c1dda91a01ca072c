import { requirePipeline } from '../../../../engine/pipeline/tenant-config.ts';
import { runRequestOf } from '../../../../engine/run/run-request.ts';
import type { RunFilter, RunRequest } from '../../../../engine/run/run-store.ts';
import type { Run } from '../../../../engine/run/run.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { RunFilterQuery } from '../../contract/run/run.ts';
import { readConfig } from '../config/read-config.ts';
import type { ConfigDeps } from '../config/read-config.ts';

/**
 * A trigger held against what the tenant declares.
 * @throws pipeline_absent, config_invalid, parameter_unknown, parameter_invalid
 */
export async function toRunRequest(
  scope: TenantScope,
  asked: Omit<RunRequest, 'concurrency' | 'queue' | 'sources'>,
  deps: ConfigDeps,
): Promise<RunRequest> {
  return runRequestOf(await readConfig(scope, deps), asked);
}

/**
 * The run again, with some parameters changed. Those that its pipeline has stopped to declare are
 * left out: a caller could not take them away.
 * @throws as toRunRequest
 */
export async function toReplayRequest(
  scope: TenantScope,
  { run, ...asked }: Pick<RunRequest, 'triggerBy' | 'parameters' | 'idempotencyKey'> & { run: Run },
  deps: ConfigDeps,
): Promise<RunRequest> {
  const pipeline = requirePipeline(await readConfig(scope, deps), run.pipelineId);
  const kept = Object.entries(run.parameters).filter(([name]) =>
    Object.hasOwn(pipeline.parameters, name),
  );
  const replay = {
    ...asked,
    pipelineId: run.pipelineId,
    parameters: { ...Object.fromEntries(kept), ...asked.parameters },
    replayOf: run.runId,
    ...(run.interval && { interval: run.interval }),
  };
  return toRunRequest(scope, replay, deps);
}

export function toRunFilter(query: RunFilterQuery): RunFilter {
  const { status, min_duration_seconds: minSeconds } = query;
  return {
    pipelineId: query.pipeline_id,
    ...(status !== undefined && { statuses: [status].flat() }),
    triggerBy: query.trigger_by,
    ...(query.created_from !== undefined && { createdFrom: new Date(query.created_from) }),
    ...(query.created_to !== undefined && { createdTo: new Date(query.created_to) }),
    groupId: query.group_id,
    ...(minSeconds !== undefined && { minDurationMs: minSeconds * 1000 }),
  };
}
