import { etagOf } from '../resource/dataset.ts';
import type { Job } from './job.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job */
export function renderJob(kept: Job, host: string): object {
  const job = { ...kept, isPartlyDone: undefined };
  const { projectId, jobId, location } = job.jobReference;
  return {
    kind: 'bigquery#job',
    etag: etagOf(job),
    id: `${projectId}:${location}.${jobId}`,
    selfLink: `http://${host}/bigquery/v2/projects/${projectId}/jobs/${jobId}?location=${location}`,
    ...job,
  };
}

/** As jobs.list shows it. */
export function renderJobItem(job: Job, host: string): object {
  const { state, errorResult } = job.status;
  const shown = renderJob(job, host);
  return {
    ...shown,
    selfLink: undefined,
    etag: undefined,
    state,
    ...(errorResult ? { errorResult } : {}),
  };
}
