import { actorOf, scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import {
  replayBody,
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
import { countSources } from '../config/read-config.ts';
import type { ConfigDeps } from '../config/read-config.ts';
import { presentRun, presentStep, presentTrigger } from './present-run.ts';
import { toReplayRequest, toRunFilter, toRunRequest } from './run-request.ts';

type RunDeps = Pick<ApiDeps, 'runs'> & ConfigDeps;

const config = { access: 'run' } as const;
const reading = { access: 'read' } as const;
const tags = ['runs'];
const one = '/api/v1/pipelines/runs/:pipeline_logging_id';

export function addRunRoutes(api: Api, deps: RunDeps): void {
  addTriggerRoute(api, deps);
  addReadRoutes(api, deps);
  addStopAndGoRoutes(api, deps);
  addReplayRoute(api, deps);
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
      priority: body?.priority,
      idempotencyKey: headers['idempotency-key'],
    };
    const run = await deps.runs.admitRun(scope, await toRunRequest(scope, asked, deps));
    return reply.code(202).send(presentTrigger(run));
  });
}

function addReadRoutes(api: Api, { runs }: RunDeps): void {
  const detail = { tags, params: runParams, response: { 200: runDetailAnswer } };
  api.get(one, { config: reading, schema: detail }, async (request) => {
    const run = await runs.getRun(scopeOf(request), request.params.pipeline_logging_id);
    return { ...presentRun(run), steps: run.steps.map(presentStep) };
  });

  const summary = 'Runs, the newest first; each filter that is given must hold.';
  const listing = { tags, summary, querystring: runListQuery, response: { 200: runListAnswer } };
  api.get('/api/v1/pipelines/runs', { config: reading, schema: listing }, async (request) => {
    const { limit, cursor, ...filter } = request.query;
    const asked = { ...toRunFilter(filter), limit, ...(cursor !== undefined && { cursor }) };
    const page = await runs.listRuns(scopeOf(request), asked);
    return { runs: page.runs.map(presentRun), next_cursor: page.next };
  });
}

function addStopAndGoRoutes(api: Api, deps: RunDeps): void {
  const { runs } = deps;
  const cancel = {
    tags,
    summary: 'Cancel: a waiting run ends at once, a running one is told to stop.',
    params: runParams,
    response: { 200: runAnswer },
  };
  api.delete(one, { config, schema: cancel }, async (request) => {
    const { pipeline_logging_id: runId } = request.params;
    return presentRun(await runs.cancelRun(scopeOf(request), runId, actorOf(request)));
  });

  const restart = {
    tags,
    summary: 'A new run which leaves out the steps that were complete.',
    params: runParams,
    response: { 202: triggerAnswer },
  };
  api.post(`${one}/restart`, { config, schema: restart }, async (request, reply) => {
    const { pipeline_logging_id: runId } = request.params;
    const scope = scopeOf(request);
    const sources = await countSources(scope, deps);
    const run = await runs.restartRun(scope, runId, { by: actorOf(request), sources });
    return reply.code(202).send(presentTrigger(run));
  });
}

function addReplayRoute(api: Api, deps: RunDeps): void {
  const replay = {
    tags,
    summary: 'A new run from the first step, with the parameters of the old one or others.',
    params: runParams,
    headers: triggerHeaders,
    body: replayBody,
    response: { 202: triggerAnswer },
  };
  api.post(`${one}/replay`, { config, schema: replay }, async (request, reply) => {
    const scope = scopeOf(request);
    const { params, body, headers } = request;
    const asked = {
      run: await deps.runs.getRun(scope, params.pipeline_logging_id),
      triggerBy: actorOf(request),
      parameters: body?.parameters ?? {},
      idempotencyKey: headers['idempotency-key'],
    };
    const run = await deps.runs.admitRun(scope, await toReplayRequest(scope, asked, deps));
    return reply.code(202).send(presentTrigger(run));
  });
}
