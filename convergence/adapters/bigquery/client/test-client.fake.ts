import { PassThroughClient } from 'google-auth-library';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { startLocalCloud } from '../../../testing/local-cloud-process.ts';
import type { LocalCloudProcess } from '../../../testing/local-cloud-process.ts';
import { BigQueryClient } from './bigquery-client.ts';
import { startLosingProxy } from './losing-proxy.fake.ts';
import type { LosingProxy } from './losing-proxy.fake.ts';

export interface CloudWithClient {
  readonly cloud: LocalCloudProcess;
  readonly client: BigQueryClient;
  readonly proxy: LosingProxy;
  close(): Promise<void>;
}

/** A local-cloud of its own, a client of its BigQuery that does not wait long, and a bad network. */
export async function startBigQuery(): Promise<CloudWithClient> {
  const cloud = await startLocalCloud();
  const proxy = await startLosingProxy(cloud.rest);
  const connection = {
    projectId: 'p-test',
    location: 'EU',
    apiEndpoint: proxy.url,
    authClient: new PassThroughClient(),
  };
  const nextId = createUuidV7({ clock: systemClock });
  const deps = { clock: systemClock, random: () => 0.02, nextId };
  return {
    cloud,
    client: await BigQueryClient.open(connection, deps),
    proxy,
    async close() {
      await proxy.close();
      await cloud.close();
    },
  };
}
