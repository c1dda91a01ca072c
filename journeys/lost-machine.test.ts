import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startLocalCloud } from '../convergence/testing/local-cloud-process.ts';
import type { LocalCloudProcess } from '../convergence/testing/local-cloud-process.ts';
import { openTestDatabase } from '../convergence/testing/postgres.ts';
import { openJourney, SCOPE } from './support/journey.ts';
import type { Journey } from './support/journey.ts';
import { ShopServer } from './support/shop-server.ts';
import { TENANT } from './support/shop-tenant.ts';
import { exitOf, startWorkerProcess } from './support/worker-process.ts';

const LEASE_MS = 2000;
const FILES = {
  'pipelines/orders.yml': `pipeline_id: orders
steps:
  - { name: load, type: ingest, source_config: sources/shop.yml }
`,
  'sources/shop.yml': `type: rest_api
client: { base_url: "SHOP_URL" }
resources:
  - name: orders
    write_disposition: append
    endpoint: { path: orders, data_selector: data, paginator: { type: json_link, next_url_path: next } }
  - name: stores
    write_disposition: append
    endpoint: { path: stores, paginator: single_page }
  - name: visits
    write_disposition: append
    include_from_parent: [id]
    endpoint: { path: "stores/{resources.stores.id}/visits", paginator: single_page }
`,
};

let root: string;
let shop: ShopServer;
let cloud: LocalCloudProcess;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'convergence-lost-'));
  [shop, cloud] = await Promise.all([ShopServer.start(), startLocalCloud()]);
  const body = JSON.stringify({ name: 'parts' });
  const answer = await fetch(`${cloud.rest}/storage/v1/b?project=p`, { method: 'POST', body });
  assert.ok(answer.ok, await answer.text());
});
after(async () => {
  await Promise.all([shop.close(), cloud.close()]);
  await rm(root, { recursive: true });
});

test('a machine is lost with its disk, and another one goes on at the page', async () => {
  const expected = await runCalmly(await newMachine('calm'));
  const asked = shop.requests.splice(0);
  const database = await openTestDatabase();
  try {
    const options = { databaseUrl: database.url, leaseMs: LEASE_MS, settings: settingsOf() };
    const second = await newMachine('second');
    const journey = await openJourney({ ...options, folder: second });
    const { runId } = await journey.admit('orders');
    const first = await newMachine('first');
    const KMS_KEY_FILE = join(second, 'data', 'master-keys');
    const settings = { ...options.settings, KMS_KEY_FILE };
    await dieAt('/stores/3/visits', { ...options, settings, folder: first });
    await rm(first, { recursive: true });
    await journey.finishRuns();
    assert.deepEqual(await readTables(journey), expected);
    assert.equal((await journey.wiring.api.runs.getRun(SCOPE, runId)).attempt, 2);
    assert.deepEqual(await listBucket(), []);
    await journey.close();
  } finally {
    await database.drop();
  }
  // Only what was asked for and not answered when it died.
  const twice = shop.requests.filter((url, index) => shop.requests.indexOf(url) !== index);
  assert.deepEqual(twice, ['/stores/3/visits']);
  assert.deepEqual([...new Set(shop.requests)].toSorted(), asked.toSorted());
});

/** A folder with configs and without data. */
async function newMachine(name: string): Promise<string> {
  for (const [path, text] of Object.entries(FILES)) {
    const file = join(root, name, 'configs', TENANT, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text.replace('SHOP_URL', shop.url));
  }
  return join(root, name);
}

function settingsOf(): Record<string, string> {
  return {
    WAREHOUSE: 'bigquery',
    GCP_PROJECT_ID: 'demo-project',
    GCP_REST_ENDPOINT: cloud.rest,
    GCP_GRPC_ENDPOINT: cloud.grpc,
    PARTS_LOCATION: 'gs://parts/runs',
  };
}

/** On one machine, with DuckDB. */
async function runCalmly(folder: string): Promise<Record<string, string[]>> {
  const journey = await openJourney({ folder });
  try {
    await journey.admit('orders');
    await journey.finishRuns();
    return await readTables(journey);
  } finally {
    await journey.close();
  }
}

/** Lets a worker process die once all that it was answered is in the bucket. */
async function dieAt(
  path: string,
  options: Parameters<typeof startWorkerProcess>[0],
): Promise<void> {
  const worker = startWorkerProcess(options);
  const exit = exitOf(worker);
  const reached = Promise.withResolvers<void>();
  shop.intercept = async (request) => {
    if (request.path !== path) return null;
    reached.resolve();
    return { start: '[' };
  };
  try {
    await Promise.race([reached.promise, exit]);
    // Of the visits, the other three of four.
    while (worker.exitCode === null && (await savedPages('visits')) < 3) await setTimeout(20);
  } finally {
    worker.kill('SIGKILL');
    shop.intercept = async () => null;
  }
  assert.equal(await exit, 'SIGKILL');
}

async function savedPages(resource: string): Promise<number> {
  const newest = (await listBucket()).findLast((key) => key.includes(`/${resource}/checkpoints/`));
  if (newest === undefined) return 0;
  const answer = await fetch(`${objectsUrl()}/${encodeURIComponent(newest)}?alt=media`);
  // It may be removed meanwhile, as there is a newer one.
  if (!answer.ok) return 0;
  const { checkpoint } = (await answer.json()) as { checkpoint: { content: string } | null };
  return checkpoint ? (JSON.parse(checkpoint.content) as { pages: number }).pages : 0;
}

async function listBucket(): Promise<string[]> {
  const answer = await fetch(objectsUrl());
  const { items = [] } = (await answer.json()) as { items?: { name: string }[] };
  return items.map(({ name }) => name);
}

const objectsUrl = () => `${cloud.rest}/storage/v1/b/parts/o`;

/** Every row of the tables of the source as text, sorted, without what is of the moment. */
async function readTables(journey: Journey): Promise<Record<string, string[]>> {
  return journey.wiring.run.warehouse.withDataset(SCOPE, async (dataset) => {
    const tables: Record<string, string[]> = {};
    for (const name of ['orders', 'stores', 'visits']) {
      const { columns, rows } = await dataset.query(
        `SELECT * FROM ${name}`,
        { maxRows: 1000, timeoutMs: 60_000 },
        new AbortController().signal,
      );
      const kept = columns.map((column) => !column.name.startsWith('_load'));
      tables[name] = rows
        .map((row) => JSON.stringify(row.filter((_, index) => kept[index])))
        .toSorted();
    }
    return tables;
  });
}
