import type { Clock } from 'base/clock.ts';
import { makeFolder } from 'base/make-folder.ts';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Product, ProductDeps } from '../../control-plane/product.ts';
import type { ObjectStore } from '../storage/store/object-store.ts';
import { bodyChecker } from './resource/check-body.ts';
import { readDiscoveryDocument } from './resource/discovery-document.ts';
import { discoveryRoutes } from './resource/discovery-routes.ts';
import { JobRunner } from './job/job-runner.ts';
import type { Job } from './job/job.ts';
import type { JobDeps } from './job/running-job.ts';
import { DuckDb } from './load/duck-db.ts';
import { bigQueryRoutes } from './route/bigquery-routes.ts';
import { SqlEngine } from './sql/sql-engine.ts';
import { BigQueryStore } from './store/bigquery-store.ts';
import { openBigQueryDatabase } from './store/database.ts';
import { StreamStore } from './write/stream-store.ts';
import { writeHandlers } from './write/write-handlers.ts';

const WRITE = 'google.cloud.bigquery.storage.v1.BigQueryWrite';

type Deps = Pick<ProductDeps, 'home' | 'faults'> & { readonly clock: Pick<Clock, 'now'> };

/** BigQuery's v2 API, its SQL run by Google's reference implementation. */
export function openBigQuery({ home, faults, clock }: Deps, objects: ObjectStore): Product {
  const now = (): Date => clock.now();
  const folder = join(home, 'bigquery');
  const database = openBigQueryDatabase(folder);
  const store = new BigQueryStore(database, now);
  const writing = writeHandlers({ store, streams: new StreamStore(database), now });
  const uploads = join(folder, 'uploads');
  makeFolder(uploads);
  const uploadOf = ({ jobReference: { projectId, jobId } }: Job): string =>
    join(uploads, createHash('sha1').update(`${projectId}.${jobId}`).digest('hex'));
  const deps: JobDeps = {
    store,
    engine: new SqlEngine(),
    duckDb: new DuckDb(),
    objects,
    uploadOf,
    now,
  };
  const document = readDiscoveryDocument();
  const checkBody = bodyChecker(document);
  const runner = new JobRunner({ ...deps, faults });
  return {
    protos: {
      '@google-cloud/bigquery-storage': ['google/cloud/bigquery/storage/v1/storage.proto'],
    },
    handlers: { [WRITE]: writing.handlers },
    streams: { [WRITE]: writing.streams },
    routes: [
      ...bigQueryRoutes({ ...deps, runner, checkBody }, faults),
      ...discoveryRoutes(document),
    ],
    resume() {
      store.dropExpired();
      runner.resume();
    },
    async close() {
      await runner.close();
      await deps.engine.close();
      await deps.duckDb.close();
      store.close();
    },
  };
}
