import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { closeInstances } from '../convergence/adapters/duckdb/instances.ts';
import { openJourney, SCOPE } from './support/journey.ts';
import type { Journey } from './support/journey.ts';
import { readTables } from './support/snapshot.ts';
import { ShopServer } from './support/shop-server.ts';
import { addSecondDay, TENANT, writeShopTenant, writeTenantFile } from './support/shop-tenant.ts';

let shop: ShopServer;
let folder: string;
let journey: Journey;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convergence-row-'));
  shop = await ShopServer.start();
  await writeShopTenant(join(folder, 'configs'), shop.url);
  journey = await openJourney({ folder });
});
after(async () => {
  await journey.close();
  await shop.close();
  await rm(folder, { recursive: true });
});

test('a row arrives: from the source to the table and what is built from it', async () => {
  const run = await runOnce();
  assert.equal(run.status, 'COMPLETE');
  const columns = 'id, customer, amount, updated_at, address, _load_id';
  assert.deepEqual(await query(`SELECT ${columns} FROM orders WHERE id = 5`), [
    [
      5,
      'customer 5',
      10.25,
      '2026-01-01T00:04:00Z',
      { city: 'city 0', lines: ['street 5'] },
      `${run.runId}/load_shop/orders`,
    ],
  ]);
  assert.deepEqual(
    await query(`SELECT table_name, part, "row", rules, record FROM _quarantine WHERE "row" = 37`),
    [
      [
        'orders',
        'pages 1 to 5',
        37,
        ['be_between:amount'],
        {
          id: 37,
          customer: 'customer 3',
          amount: -37,
          updated_at: '2026-01-01 00:36:00',
          address: { city: 'city 2', lines: ['street 37'] },
        },
      ],
    ],
  );
  assert.deepEqual(await query('SELECT day, count FROM counts ORDER BY day'), [
    ['2026-01-01', 5],
    ['2026-01-02', 7],
  ]);
  assert.deepEqual(await query(`SELECT nr, visitors, _stores_id FROM visits WHERE visitors = 10`), [
    [0, 10, 1],
    [1, 10, 1],
    [2, 10, 1],
  ]);
  const cities = await query(
    `SELECT address.city, count(*), sum(amount) FROM orders GROUP BY 1 ORDER BY 1`,
  );
  assert.deepEqual(await query('FROM city_totals ORDER BY city'), cities);
});

test('run twice: the same tables, and nothing but a look at each source', async () => {
  const before = await everything();
  shop.requests.length = 0;
  const run = await runOnce();
  assert.equal(run.status, 'COMPLETE');
  assert.deepEqual(
    run.steps.map(({ name, rowsIn, rowsLoaded }) => ({ name, rowsIn, rowsLoaded })),
    [
      { name: 'load_shop', rowsIn: 0, rowsLoaded: 0 },
      { name: 'load_counts', rowsIn: 0, rowsLoaded: 0 },
      { name: 'verify', rowsIn: 0, rowsLoaded: 0 },
      { name: 'build', rowsIn: 0, rowsLoaded: 45 },
    ],
  );
  assert.deepEqual(shop.requests, [
    '/orders?since=2026-01-01T03%3A19%3A00.000Z',
    '/events?since=120',
    '/stores?since=2026-01-01T03%3A00%3A00.000Z',
  ]);
  assert.deepEqual(await everything(), before);
});

test('the next day moves only what is new or changed', async () => {
  shop.day = 2;
  await addSecondDay(join(folder, 'configs'));
  const { steps } = await runOnce();
  // 20 changed and 60 new orders of which 3 are bad, 90 events, 2 stores with 7 and 8 visits.
  assert.deepEqual(
    steps.map(({ name, rowsIn, rowsLoaded, rowsQuarantined }) => ({
      name,
      rowsIn,
      rowsLoaded,
      rowsQuarantined,
    })),
    [
      { name: 'load_shop', rowsIn: 187, rowsLoaded: 183, rowsQuarantined: 4 },
      { name: 'load_counts', rowsIn: 1, rowsLoaded: 1, rowsQuarantined: 0 },
      { name: 'verify', rowsIn: 0, rowsLoaded: 0, rowsQuarantined: 0 },
      { name: 'build', rowsIn: 0, rowsLoaded: 75, rowsQuarantined: 0 },
    ],
  );
  assert.deepEqual(await query('SELECT id, amount FROM orders WHERE id = 8'), [[8, 1011]]);
  await writeTenantFile(join(folder, 'configs'), 'data/counts-2.csv', 'day,count\n2026-01-04,11\n');
  await runOnce();
  assert.deepEqual(await query('SELECT day, count FROM counts ORDER BY day'), [
    ['2026-01-01', 5],
    ['2026-01-02', 7],
    ['2026-01-03', 9],
    ['2026-01-04', 11],
  ]);
  await assert.rejects(stat(join(folder, 'data', 'parts', TENANT, steps[0]?.name ?? '')));
});

test('what ended is in the dataset `metadata`, once, for whoever watches all tenants', async () => {
  const { runs, chores } = journey.wiring.api;
  const ended = (await runs.listRuns(SCOPE, { limit: 50 })).runs;
  assert.equal(await chores.mirrorHistory(), ended.length);
  assert.equal(await chores.mirrorHistory(), 0);
  const [run] = ended;
  assert.ok(run);
  const file = join(folder, 'data', 'metadata.duckdb');
  await closeInstances([file]);
  const tables = await readTables(file);
  const of = (table: string) =>
    (tables[table] ?? []).filter(
      (row) => (row as Record<string, unknown>).pipeline_logging_id === run.runId,
    );
  const { steps } = await runs.getRun(SCOPE, run.runId);
  const results = await runs.listRuleResults(SCOPE, run.runId);
  assert.equal(tables.pipeline_runs?.length, ended.length);
  assert.equal(of('step_logs').length, steps.length);
  assert.equal(of('dq_results').length, results.length);
  const [mirrored] = of('pipeline_runs') as Record<string, unknown>[];
  assert.equal(mirrored?.status, run.status);
  assert.equal(mirrored.tenant_id, TENANT);
});

async function runOnce() {
  const { runId } = await journey.admit();
  await journey.finishRuns();
  return journey.wiring.api.runs.getRun(SCOPE, runId);
}

async function query(sql: string): Promise<readonly (readonly unknown[])[]> {
  const limits = { maxRows: 10_000, timeoutMs: 10_000 };
  const never = new AbortController().signal;
  const { rows } = await journey.deps.warehouse.withDataset(SCOPE, (dataset) =>
    dataset.query(sql, limits, never),
  );
  return rows;
}

async function everything(): Promise<Record<string, unknown>> {
  const tables = await journey.deps.warehouse.withDataset(SCOPE, (dataset) => dataset.listTables());
  const rows: Record<string, unknown> = {};
  for (const { name } of tables) rows[name] = await query(`FROM ${name} ORDER BY ALL`);
  return rows;
}
