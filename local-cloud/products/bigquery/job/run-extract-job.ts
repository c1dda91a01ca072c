import { BigQueryError } from '../bigquery-error.ts';
import type { JobDeps, RunningJob } from './running-job.ts';

export async function runExtractJob(_deps: JobDeps, _running: RunningJob): Promise<void> {
  throw new BigQueryError('notImplemented', 'local-cloud does not extract tables.');
}
