import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError } from 'base/error.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { buildApp } from '../app.ts';
import { openTestApi } from '../test-api.fake.ts';
import type { TestApi } from '../test-api.fake.ts';

const RUN_ID = '01a1fd73-d7ff-74fa-8633-6ee4257b5a07';

let api: TestApi;
let ours: string;
let theirs: string;

before(async () => {
  api = await openTestApi();
  ours = await api.onboard('acme_corp');
  theirs = await api.onboard('other_corp');
  await buildTable(
    'acme_corp',
    'delays',
    `
    SELECT i AS id, 9007199254740993 + i AS big, 1.10::DECIMAL(9, 2) AS price,
      TIMESTAMPTZ '2026-03-01 13:00:00+01' AS at, NULL AS nothing
    FROM range(3) t(i)`,
  );
  await buildTable('other_corp', 'plans', "SELECT 'top secret' AS plan");
});
after(() => api.close());

async function buildTable(tenantId: string, name: string, sql: string): Promise<void> {
  const place = { file: `transforms/${name}.sql`, firstLine: 1 };
  const run = { runId: RUN_ID, fence: 1n, builtAt: new Date() };
  const build = { name, materialized: 'table', uniqueKey: [], sql, ...place, ...run } as const;
  const { signal } = new AbortController();
  await api.deps.warehouse.withDataset(tenantScope(tenantId), (data) =>
    data.buildModel(build, signal),
  );
}

async function query(key: string, sql: string, limits: object = {}) {
  return await api.call('POST /api/v1/query', { key, body: { sql, ...limits } });
}

test('tables are listed, described and previewed, no digit lost', async () => {
  const list = await api.call('GET /api/v1/tables', { key: ours });
  const names = (list.body.tables as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(names, ['_quarantine', 'delays']);

  const columns = [
    { name: 'id', type: 'BIGINT' },
    { name: 'big', type: 'BIGINT' },
    { name: 'price', type: 'DECIMAL(9,2)' },
    { name: 'at', type: 'TIMESTAMP WITH TIME ZONE' },
    { name: 'nothing', type: 'INTEGER' },
  ];
  const { last_load: lastLoad, ...detail } = (
    await api.call('GET /api/v1/tables/delays', { key: ours })
  ).body;
  assert.deepEqual(detail, { name: 'delays', kind: 'table', rows: 3, columns });
  const { loaded_at: loadedAt, ...load } = lastLoad as Record<string, unknown>;
  assert.match(String(loadedAt), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(load, { load_id: RUN_ID, rows: 3 });

  const preview = await api.call('GET /api/v1/tables/delays/preview?limit=2', { key: ours });
  assert.deepEqual(preview.body, {
    columns,
    rows: [
      [0, '9007199254740993', '1.10', '2026-03-01T12:00:00Z', null],
      [1, '9007199254740994', '1.10', '2026-03-01T12:00:00Z', null],
    ],
    truncated: true,
  });
});

test('a query reads what the tenant has, as many rows as asked for', async () => {
  const { body } = await query(ours, 'SELECT id FROM delays ORDER BY id', { max_rows: 2 });
  const columns = [{ name: 'id', type: 'BIGINT' }];
  assert.deepEqual(body, { columns, rows: [[0], [1]], truncated: true });
});

test('a query gets nothing of others, of the machine or of the settings', async () => {
  const attacks: [sql: string, status: number, code: string][] = [
    ['SELECT * FROM plans', 400, 'sql_invalid'],
    ['SELECT * FROM other_corp.main.plans', 403, 'sql_forbidden'],
    ["SELECT * FROM read_csv('/etc/passwd')", 403, 'sql_forbidden'],
    ["SELECT * FROM '/etc/passwd'", 403, 'sql_forbidden'],
    ["ATTACH 'other_corp.duckdb'", 403, 'sql_forbidden'],
    ["COPY delays TO '/tmp/stolen.csv'", 403, 'sql_forbidden'],
    ['DROP TABLE delays', 403, 'sql_forbidden'],
    ['SELECT 1; DROP TABLE delays', 403, 'sql_forbidden'],
    ['SELECT * FROM duckdb_settings()', 403, 'sql_forbidden'],
    ["SELECT getenv('HOME')", 403, 'sql_forbidden'],
    ["SET memory_limit = '1PB'", 403, 'sql_forbidden'],
    ['SELCT 1', 400, 'sql_invalid'],
  ];
  for (const [sql, status, code] of attacks) {
    const reply = await query(ours, sql);
    assert.deepEqual([sql, reply.status, reply.body.code], [sql, status, code]);
    assert.doesNotMatch(reply.text, /top secret|root:|convergence-api-/);
  }
  const { body } = await query(theirs, 'SELECT * FROM plans');
  assert.deepEqual(body.rows, [['top secret']]);
});

test('a query that takes too long is stopped', async () => {
  const endless = 'SELECT count(*) FROM range(100000000000) a, range(100000) b';
  const startedMs = performance.now();
  const { body } = await query(ours, endless, { timeout_ms: 200 });
  assert.equal(body.code, 'query_timeout');
  assert.ok(performance.now() - startedMs < 3_000);
});

test('a query whose client went away is stopped', async () => {
  const { warehouse } = api.deps;
  const started = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<unknown>();
  const gone = new AbortController();
  const app = await buildApp({
    ...api.deps,
    warehouse: {
      ...warehouse,
      withDataset: (scope, work) => {
        started.resolve();
        const running = warehouse.withDataset(scope, work);
        running.catch(stopped.resolve);
        return running;
      },
    },
  });
  const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/api/v1/query`;
  const sql = 'SELECT count(*) FROM range(100000000000) a, range(100000) b';
  const headers = { 'x-api-key': ours, 'content-type': 'application/json' };
  const body = JSON.stringify({ sql, timeout_ms: 60_000 });
  const reply = fetch(url, { method: 'POST', headers, body, signal: gone.signal });
  await started.promise;
  gone.abort();
  await assert.rejects(reply, { name: 'AbortError' });
  const reason = await stopped.promise;
  assert.ok(reason instanceof AppError && reason.code === 'request_timeout');
  await app.close();
});
