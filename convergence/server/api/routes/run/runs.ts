import type { FastifyRequest } from 'fastify';
import { mergeParameters } from '../../../../engine/pipeline/merge-parameters.ts';
import { requirePipeline } from '../../../../engine/pipeline/tenant-config.ts';
import type { Run, StepRecord } from '../../../../engine/run/run.ts';
import type { RunRequest } from '../../../../engine/run/run-store.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { actorOf, scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  runAnswer,
  runDetailAnswer,
  runListAnswer,
  runListQuery,
  runParams,
  triggerAnswer,
  triggerBody,
  triggerHeaders,
  triggerParams,
} from '../../contract/run/run.ts';
import type { RunAnswer, StepAnswer, TriggerAnswer } from '../../contract/run/run.ts';
import { readConfig } from '../config/read-config.ts';
import type { ConfigDeps } from '../config/read-config.ts';

type RunDeps = Pick<ApiDeps, 'runs'> & ConfigDeps;

const config = { access: 'tenant' } as const;
const tags = ['runs'];
const one = '/api/v1/pipelines/runs/:pipeline_logging_id';

export function addRunRoutes(api: Api, deps: RunDeps): void {
  addTriggerRoute(api, deps);
  addReadRoutes(api, deps);
  addStopAndGoRoutes(api, deps);
}

function addTriggerRoute(api: Api, deps: RunDeps): void {
  const schema = {
    tags,
    summary: 'Run a pipeline. With an Idempotency-Key the same request starts one run a day.',
    params: triggerParams,
    headers: triggerHeaders,
    body: triggerBody,
    response: { 202: triggerAnswer },
  };
  const url = '/api/v1/pipelines/run/:pipeline_id';
  api.post(url, { config, schema }, async (request, reply) => {
    const scope = scopeOf(request);
    const { params, body, headers } = request;
    const asked = {
      pipelineId: params.pipeline_id,
      triggerBy: body?.trigger_by ?? actorOf(request),
      parameters: body?.parameters ?? {},
      idempotencyKey: headers['idempotency-key'],
    };
    const run = await deps.runs.admitRun(scope, await toRunRequest(scope, asked, deps));
    return reply.code(202).send(presentTrigger(run));
  });
}

/**
 * A trigger held against what the tenant declares.
 * @throws pipeline_absent, config_invalid, parameter_unknown, parameter_invalid
 */
async function toRunRequest(
  scope: TenantScope,
  asked: Omit<RunRequest, 'concurrency'>,
  deps: ConfigDeps,
): Promise<RunRequest> {
  const pipeline = requirePipeline(await readConfig(scope, deps), asked.pipelineId);
  const { concurrency } = pipeline;
  return {
    ...asked,
    parameters: mergeParameters(pipeline, asked.parameters),
    ...(concurrency && {
      concurrency: { limit: concurrency.limit, onConflict: concurrency.on_conflict },
    }),
  };
}

function addReadRoutes(api: Api, { runs }: RunDeps): void {
  const detail = { tags, params: runParams, response: { 200: runDetailAnswer } };
  api.get(one, { config, schema: detail }, async (request) => {
    const run = await runs.getRun(scopeOf(request), request.params.pipeline_logging_id);
    return { ...presentRun(run), steps: run.steps.map(presentStep) };
  });

  const listing = { tags, querystring: runListQuery, response: { 200: runListAnswer } };
  api.get('/api/v1/pipelines/runs', { config, schema: listing }, async (request) => {
    const { pipeline_id: pipelineId, ...filter } = request.query;
    const page = await runs.listRuns(scopeOf(request), { ...filter, pipelineId });
    return { runs: page.runs.map(presentRun), next_cursor: page.next };
  });
}

function addStopAndGoRoutes(api: Api, { runs }: RunDeps): void {
  const cancel = {
    tags,
    summary: 'Cancel: a waiting run ends at once, a running one is told to stop.',
    params: runParams,
    response: { 200: runAnswer },
  };
  const args = (request: FastifyRequest, runId: string) =>
    [scopeOf(request), runId, actorOf(request)] as const;
  api.delete(one, { config, schema: cancel }, async (request) =>
    presentRun(await runs.cancelRun(...args(request, request.params.pipeline_logging_id))),
  );

  const restart = {
    tags,
    summary: 'A new run which leaves out the steps that were complete.',
    params: runParams,
    response: { 202: triggerAnswer },
  };
  api.post(`${one}/restart`, { config, schema: restart }, async (request, reply) => {
    const run = await runs.restartRun(...args(request, request.params.pipeline_logging_id));
    return reply.code(202).send(presentTrigger(run));
  });
}

function presentTrigger(run: Run): TriggerAnswer {
  return { pipeline_logging_id: run.runId, status: run.status };
}

function presentRun(run: Run): RunAnswer {
  return {
    pipeline_logging_id: run.runId,
    pipeline_id: run.pipelineId,
    tenant_id: run.tenantId,
    status: run.status,
    trigger_by: run.triggerBy,
    parameters: run.parameters,
    attempt: run.attempt,
    created_at: run.createdAt.toISOString(),
    ...presentSpan(run),
    failure: run.failure,
  };
}

function presentStep(step: StepRecord): StepAnswer {
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
