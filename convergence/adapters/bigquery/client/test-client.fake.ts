import { PassThroughClient } from 'google-auth-library';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { startLocalCloud } from '../../../testing/local-cloud-process.ts';
import type { LocalCloudProcess } from '../../../testing/local-cloud-process.ts';
import { BigQueryClient } from './bigquery-client.ts';

export interface CloudWithClient extends LocalCloudProcess {
  readonly client: BigQueryClient;
}

/** A local-cloud of its own with a client of its BigQuery, whose retries do not wait long. */
export async function startBigQuery(): Promise<CloudWithClient> {
  const cloud = await startLocalCloud();
  const connection = {
    projectId: 'p-test',
    location: 'EU',
    apiEndpoint: cloud.rest,
    authClient: new PassThroughClient(),
  };
  const deps = {
    clock: systemClock,
    random: () => 0.05,
    nextId: createUuidV7({ clock: systemClock }),
  };
  return { ...cloud, client: await BigQueryClient.open(connection, deps) };
}
