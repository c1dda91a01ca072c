import { BigQueryError } from '../bigquery-error.ts';
import { dryRunJob } from '../job/dry-run.ts';
import type { Job } from '../job/job.ts';
import { makeJob } from '../job/make-job.ts';
import { renderJob, renderJobItem } from '../job/render-job.ts';
import { etagOf } from '../resource/dataset.ts';
import { readBody, readPage } from './bigquery-call.ts';
import type { Method, PathParameters, RouteDeps } from './bigquery-call.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs */
export const jobMethods: Readonly<Record<string, Method>> = {
  'bigquery.jobs.insert': async (call, { projectId = '' }) => {
    const { deps, host } = call;
    return renderJob(
      await insertJob(deps, makeJob(projectId, await readBody(call, 'Job'), deps.now())),
      host,
    );
  },
  'bigquery.projects.list': ({ deps }) => {
    const ids = deps.store.tables.listProjects();
    const projects = ids.map((id) => ({
      kind: 'bigquery#project',
      id,
      projectReference: { projectId: id },
      friendlyName: id,
    }));
    return { kind: 'bigquery#projectList', etag: etagOf(ids), projects, totalItems: ids.length };
  },
  'bigquery.jobs.get': ({ deps, host, query }, path) =>
    renderJob(requireJob(deps, path, query), host),
  'bigquery.jobs.list': ({ deps, query, host }, { projectId = '' }) => {
    const states = query.getAll('stateFilter').map((state) => state.toUpperCase());
    const all = deps.store.jobs.list({
      projectId,
      states,
      minCreatedMs: Number(query.get('minCreationTime') ?? 0),
      maxCreatedMs: Number(query.get('maxCreationTime') ?? Number.MAX_SAFE_INTEGER),
      parentJobId: query.get('parentJobId'),
    });
    const { items, ...more } = readPage(all, query);
    return {
      kind: 'bigquery#jobList',
      etag: etagOf(items),
      jobs: items.map((job) => renderJobItem(job, host)),
      ...more,
    };
  },
  'bigquery.jobs.cancel': async ({ deps, host, query, signal }, path) => {
    const job = requireJob(deps, path, query);
    deps.runner.cancel(job);
    return {
      kind: 'bigquery#jobCancelResponse',
      job: renderJob(await deps.runner.wait(job, CANCEL_PATIENCE_MS, signal), host),
    };
  },
  'bigquery.jobs.delete': ({ deps, query }, path) => {
    const { jobReference, status } = requireJob(deps, path, query);
    if (status.state !== 'DONE')
      throw new BigQueryError('invalid', `Cannot delete a running job: ${jobReference.jobId}`);
    deps.store.jobs.delete(jobReference.projectId, jobReference.jobId);
    return undefined;
  },
};

const CANCEL_PATIENCE_MS = 200;

/** Written and begun; a dry run is answered and leaves nothing. */
export async function insertJob(deps: RouteDeps, wanted: Job): Promise<Job> {
  const job = {
    ...wanted,
    jobReference: { ...wanted.jobReference, location: placeOf(deps, wanted) },
  };
  const { projectId, jobId, location } = job.jobReference;
  if (job.configuration.dryRun === true) return dryRunJob(deps, job);
  if (deps.store.jobs.find(projectId, jobId))
    throw new BigQueryError('duplicate', `Already Exists: Job ${projectId}:${location}.${jobId}`);
  deps.store.jobs.write(job);
  deps.runner.start(job);
  return job;
}

/** Where the job says, or else where the dataset is that it names. */
function placeOf({ store }: RouteDeps, { configuration, jobReference }: Job): string {
  const { query, load, copy } = configuration;
  const named = [load, copy, query].flatMap((one) => [
    one?.['destinationTable'],
    one?.['defaultDataset'],
  ]);
  const { projectId } = jobReference;
  const references = named
    .filter(Boolean)
    .map((one) => ({ projectId, ...(one as { datasetId: string }) }));
  const datasets = references.map((reference) => store.tables.findDataset(reference));
  return jobReference.location || (datasets.find(Boolean)?.location ?? 'US');
}

export function requireJob(
  { store }: RouteDeps,
  { projectId = '', jobId = '' }: PathParameters,
  query: URLSearchParams,
): Job {
  const job = store.jobs.find(projectId, jobId);
  const location = query.get('location');
  if (job && (!location || location.toLowerCase() === job.jobReference.location.toLowerCase()))
    return job;
  throw new BigQueryError(
    'notFound',
    `Not found: Job ${projectId}:${location ? `${location}.` : ''}${jobId}`,
  );
}
