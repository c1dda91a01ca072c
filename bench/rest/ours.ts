import { systemClock } from 'base/clock.ts';
import { createPageReader } from '../../convergence/adapters/duckdb/page/page-reader.ts';
import { createDuckdbWarehouse } from '../../convergence/adapters/duckdb/warehouse.ts';
import { LocalPartStore } from '../../convergence/adapters/files/part-store.ts';
import { createRestSource } from '../../convergence/adapters/http/rest-source.ts';
import { ingestSource } from '../../convergence/engine/flow/flow.ts';
import type { Ingest } from '../../convergence/engine/flow/load.ts';
import { restSourceSpec } from '../../convergence/engine/pipeline/spec/rest-source-spec.ts';
import { tenantScope } from '../../convergence/engine/tenant/tenant-scope.ts';
import { tellUsage } from '../measure/fresh-run.ts';

/** A process of its own: from the first request to the published table in a closed file. */
const { source, dataDir } = JSON.parse(process.argv[2] ?? '') as {
  source: object;
  dataDir: string;
};
const scope = tenantScope('bench');
const startMs = performance.now();
await load();
const endMs = performance.now();
tellUsage({ rows: await countRows(), wallSeconds: (endMs - startMs) / 1000 });

async function load(): Promise<void> {
  const clock = systemClock;
  const pages = await createPageReader();
  const deps = { pages, clock, random: Math.random, allowPrivateAddresses: true };
  const rest = createRestSource(deps);
  const warehouse = createDuckdbWarehouse({ dataDir, clock });
  const parts = new LocalPartStore(dataDir);
  const ingest = ingestOf(restSourceSpec.parse({ type: 'rest_api', ...source }));
  // The source is of one kind; the other one is never asked.
  const sources = { rest_api: rest, file: rest, object_storage: rest };
  await ingestSource(scope, ingest, { sources, warehouse, parts, clock });
  await parts.discardRun(scope, ingest.rootRunId);
  await rest.close();
  await pages.close();
  await warehouse.close();
}

function ingestOf(spec: Ingest['source']): Ingest {
  const silent = () => undefined;
  return {
    rootRunId: '01890000-0000-7000-8000-000000000000',
    fence: 1n,
    step: 'load',
    sourceFile: 'sources/orders.yml',
    source: spec,
    only: null,
    schemas: new Map(),
    checks: new Map(),
    signal: new AbortController().signal,
    observer: { progress: silent, noticed: silent, judged: silent, loaded: silent },
    quota: { check: async () => {}, count: async () => {} },
  };
}

/** From the file, opened again: what a reader finds. */
async function countRows(): Promise<number> {
  const warehouse = createDuckdbWarehouse({ dataDir, clock: systemClock });
  const { rows } = await warehouse.withDataset(scope, (dataset) => dataset.tableDetail('orders'));
  await warehouse.close();
  return rows ?? 0;
}
