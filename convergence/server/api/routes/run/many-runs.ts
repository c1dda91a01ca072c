import type { FastifyRequest } from 'fastify';
import { changeRuns } from '../../../../engine/run/many/change-runs.ts';
import type { ChangeReport, ManyRuns } from '../../../../engine/run/many/change-runs.ts';
import { actorOf, scopeOf } from '../../access.ts';
import type { Api } from '../../api.ts';
import type { ApiDeps } from '../../api-deps.ts';
import { cancelManyBody, manyRunsAnswer, restartManyBody } from '../../contract/run/many-runs.ts';
import type { ManyRunsAnswer } from '../../contract/run/many-runs.ts';
import type { RunFilterQuery } from '../../contract/run/run.ts';
import { countSources } from '../config/read-config.ts';
import type { ConfigDeps } from '../config/read-config.ts';
import { toRunFilter } from './run-request.ts';

const config = { access: 'run' } as const;
const tags = ['runs'];
const response = { 200: manyRunsAnswer };

type ManyBody = RunFilterQuery & { limit: number; dry_run: boolean };

/** Cancels and restarts of all runs that fit a filter. */
export function addManyRunsRoutes(api: Api, deps: Pick<ApiDeps, 'runs'> & ConfigDeps): void {
  const change = async (request: FastifyRequest, action: ManyRuns['action'], body: ManyBody) => {
    const { limit, dry_run: dryRun, ...filter } = body;
    const scope = scopeOf(request);
    const sources = action === 'restart' ? await countSources(scope, deps) : 0;
    const by = actorOf(request);
    const many = { action, filter: toRunFilter(filter), limit, dryRun, by, sources };
    return present(dryRun, await changeRuns(scope, many, deps.runs), action);
  };

  const cancel = {
    tags,
    summary: 'Cancel what fits and has not ended; again, it does nothing twice.',
    body: cancelManyBody,
    response,
  };
  api.post('/api/v1/pipelines/runs/cancel', { config, schema: cancel }, (request) =>
    change(request, 'cancel', request.body),
  );

  const restart = {
    tags,
    summary: 'Restart what fits and was not restarted before; again, it does nothing twice.',
    body: restartManyBody,
    response,
  };
  api.post('/api/v1/pipelines/runs/restart', { config, schema: restart }, (request) =>
    change(request, 'restart', request.body),
  );
}

function present(
  dryRun: boolean,
  { matched, done, refused }: ChangeReport,
  action: ManyRuns['action'],
): ManyRunsAnswer {
  return {
    dry_run: dryRun,
    matched,
    done: done.map(({ runId, now }) => ({
      pipeline_logging_id: runId,
      new_pipeline_logging_id: action === 'restart' ? now.runId : null,
      status: now.status,
    })),
    refused: refused.map(({ runId, failure }) => ({ pipeline_logging_id: runId, failure })),
  };
}
