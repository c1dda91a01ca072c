import { statusOf } from '../../../../engine/run/many/backfill-store.ts';
import type { Backfill } from '../../../../engine/run/many/backfill-store.ts';
import { splitRange } from '../../../../engine/run/many/split-range.ts';
import type { RunRequest } from '../../../../engine/run/run-store.ts';
import type { Run, RunStatus } from '../../../../engine/run/run.ts';
import { fail } from '../../../../engine/error-codes.ts';
import { actorOf, scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  backfillAnswer,
  backfillBody,
  backfillParams,
  backfillPlanAnswer,
} from '../../contract/run/backfill.ts';
import type { BackfillAnswer } from '../../contract/run/backfill.ts';
import { triggerHeaders, triggerParams } from '../../contract/run/run.ts';
import type { ConfigDeps } from '../config/read-config.ts';
import { toRunRequest } from './run-request.ts';

type BackfillDeps = Pick<ApiDeps, 'backfills'> & ConfigDeps;

const config = { access: 'run' } as const;
const tags = ['backfills'];
const start = '/api/v1/pipelines/:pipeline_id/backfill';
const one = '/api/v1/pipelines/backfills/:group_id';

/** Runs of a pipeline over a range of days, as one group. */
export function addBackfillRoutes(api: Api, deps: BackfillDeps): void {
  addStartRoutes(api, deps);
  const response = { 200: backfillAnswer };

  const read = { tags, summary: 'How far it is.', params: backfillParams, response };
  api.get(one, { config: { access: 'read' }, schema: read }, async (request) => {
    const { group_id: groupId } = request.params;
    return present(await deps.backfills.getBackfill(scopeOf(request), groupId));
  });

  const summary = 'Cancel each of its runs that has not ended.';
  const cancel = { tags, summary, params: backfillParams, response };
  api.delete(one, { config, schema: cancel }, async (request) => {
    const { group_id: groupId } = request.params;
    const scope = scopeOf(request);
    return present(await deps.backfills.cancelBackfill(scope, groupId, actorOf(request)));
  });
}

function addStartRoutes(api: Api, deps: BackfillDeps): void {
  const asked = { tags, params: triggerParams, body: backfillBody };
  const begin = {
    ...asked,
    summary: 'One run for each interval, the oldest first. Repeat it with its Idempotency-Key.',
    headers: triggerHeaders,
    response: { 202: backfillAnswer },
  };
  api.post(start, { config, schema: begin }, async (request, reply) => {
    const scope = scopeOf(request);
    const { body, params, headers } = request;
    const wanted = {
      pipelineId: params.pipeline_id,
      triggerBy: actorOf(request),
      parameters: body.parameters ?? {},
      priority: 'low' as const,
      idempotencyKey: headers['idempotency-key'],
    };
    const intervals = splitRange(body);
    const runRequest = limited(await toRunRequest(scope, wanted, deps), body.concurrency);
    const backfill = { request: runRequest, intervals };
    return reply.code(202).send(present(await deps.backfills.startBackfill(scope, backfill)));
  });

  const plan = {
    ...asked,
    summary: 'The intervals of a backfill, which is not begun.',
    response: { 200: backfillPlanAnswer },
  };
  api.post(`${start}/plan`, { config, schema: plan }, async (request) => {
    const { body, params } = request;
    const wanted = {
      pipelineId: params.pipeline_id,
      triggerBy: '',
      parameters: body.parameters ?? {},
    };
    await toRunRequest(scopeOf(request), wanted, deps);
    return { intervals: splitRange(body).map(presentInterval) };
  });
}

/** Its runs wait for each other, whatever the pipeline says of runs that meet. */
function limited(request: RunRequest, asked: number): RunRequest {
  const limit = Math.min(asked, request.concurrency?.limit ?? asked);
  return { ...request, concurrency: { limit, onConflict: 'queue' } };
}

function present(backfill: Backfill): BackfillAnswer {
  const { groupId, runs } = backfill;
  const [first, last] = [runs[0], runs.at(-1)];
  if (!first || !last) throw fail('internal', 'a backfill without runs');
  // Restarts are younger than the backfill.
  const oldest = runs.reduce((one, other) => (other.runId < one.runId ? other : one));
  return {
    group_id: groupId,
    pipeline_id: first.pipelineId,
    status: statusOf(backfill),
    created_at: oldest.createdAt.toISOString(),
    trigger_by: oldest.triggerBy,
    parameters: first.parameters,
    interval_start: intervalOf(first).start,
    interval_end: intervalOf(last).end,
    counts: countStates(runs),
    intervals: runs.map((run) => ({
      ...presentInterval(intervalOf(run)),
      pipeline_logging_id: run.runId,
      status: run.status,
      failure: run.failure,
    })),
  };
}

function countStates(runs: readonly Run[]): Record<RunStatus, number> {
  const counts = { PENDING: 0, RUNNING: 0, COMPLETE: 0, FAILED: 0, CANCELLED: 0 };
  for (const { status } of runs) counts[status]++;
  return counts;
}

function intervalOf({ interval, runId }: Run) {
  if (!interval) throw fail('internal', `run ${runId} of a backfill has no interval`);
  return interval;
}

function presentInterval({
  start: interval_start,
  end: interval_end,
}: {
  start: string;
  end: string;
}) {
  return { interval_start, interval_end };
}
