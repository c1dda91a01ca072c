import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { createMetadataTables } from '../ingest/metadata-tables.ts';
import { buildModel } from './build-model.ts';
import { rawSizeBytes } from './result/raw-size.ts';
import {
  listTables,
  previewTable,
  quarantineSummary,
  runQuery,
  tableDetail,
} from './read-tables.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;

before(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await createMetadataTables(connection);
  await connection.run('CREATE TABLE orders AS SELECT range AS id FROM range(5000)');
  await connection.run('CREATE TABLE _staging_r1_step_orders AS SELECT 1 AS x');
  await connection.run('CREATE TABLE "odd "" name" AS SELECT 1 AS x');
  await connection.run(`INSERT INTO _convergence_loads (load_id, table_name, rows_loaded, published_at) VALUES
    ('l1', 'orders', 4999, '2026-01-01 00:00:00+00'), ('l2', 'orders', 1, '2026-01-02 00:00:00+00')`);
  await connection.run(`INSERT INTO _quarantine VALUES
    ('r1', 'l1', 'orders', 'a.csv', 7, ['not_be_null:x', 'be_between:id'], '{"id": 7}', now()),
    ('r1', 'l1', 'orders', 'a.csv', 3, ['not_be_null:x'], '{"id": 3}', now()),
    ('r0', 'l0', 'orders', 'a.csv', 1, ['not_be_null:x'], '{"id": 1}', now())`);
  const model = { name: 'small', uniqueKey: [], file: 'small.sql', firstLine: 1, runId: 'r1' };
  const built = { fence: 1n, builtAt: new Date('2026-03-01T00:00:00Z') };
  const sql = 'SELECT id FROM orders WHERE id < 3';
  await buildModel(connection, { ...model, ...built, sql, materialized: 'table' });
  await connection.run('CREATE VIEW ids AS SELECT id FROM orders');
});
after(() => {
  connection.disconnectSync();
  instance.closeSync();
});
const limits = { maxRows: 10, timeoutMs: 5_000 };

test('tables, views and the quarantine, with exact counts; nothing of the product', async () => {
  assert.deepEqual(await listTables(connection), [
    { name: '_quarantine', kind: 'table', rows: 3 },
    { name: 'ids', kind: 'view', rows: null },
    { name: 'odd " name', kind: 'table', rows: 1 },
    { name: 'orders', kind: 'table', rows: 5000 },
    { name: 'small', kind: 'table', rows: 3 },
  ]);
});

test('a table has columns and its newest load; a model its newest build', async () => {
  const columns = [{ name: 'id', type: 'BIGINT' }];
  assert.deepEqual(await tableDetail(connection, 'ORDERS'), {
    name: 'orders',
    kind: 'table',
    rows: 5000,
    columns,
    lastLoad: { loadId: 'l2', loadedAt: '2026-01-02T00:00:00.000Z', rows: 1 },
  });
  assert.deepEqual((await tableDetail(connection, 'small')).lastLoad, {
    loadId: 'r1',
    loadedAt: '2026-03-01T00:00:00.000Z',
    rows: 3,
  });
  assert.equal((await tableDetail(connection, 'ids')).lastLoad, null);
  for (const name of ['order', '_convergence_state', 'main.orders', 'x"; DROP TABLE orders; --']) {
    await assert.rejects(tableDetail(connection, name), { code: 'table_absent' });
    await assert.rejects(previewTable(connection, name, 1), { code: 'table_absent' });
  }
});

test('a preview says whether there is more', async () => {
  assert.deepEqual(await previewTable(connection, 'small', 3), {
    columns: [{ name: 'id', type: 'BIGINT' }],
    rows: [[0], [1], [2]],
    truncated: false,
  });
  const { rows, truncated } = await previewTable(connection, 'small', 2);
  assert.deepEqual({ rows, truncated }, { rows: [[0], [1]], truncated: true });
});

test('values are JSON that loses nothing', async () => {
  const { rows, columns } = await runQuery(
    connection,
    `SELECT 1::BIGINT, 9007199254740993::BIGINT, 2::HUGEINT, 1.50::DECIMAL(9,2), 'nan'::DOUBLE, 0.5::DOUBLE,
      TIMESTAMPTZ '2026-01-31 13:45:00.5+01', TIMESTAMP '2026-01-31 13:45:00', DATE '2026-01-31', TIME '01:02:03',
      '\\x00\\xFF'::BLOB, {'a': [1::BIGINT, NULL], 'b': TIMESTAMP '2026-01-01'}, '{"n": 9007199254740993, "m": 1}'::JSON,
      MAP {'k': 1}, NULL, true, '550e8400-e29b-41d4-a716-446655440000'::UUID, INTERVAL 3 DAY, 'infinity'::TIMESTAMP`,
    limits,
  );
  assert.deepEqual(rows, [
    [
      1,
      '9007199254740993',
      2,
      '1.50',
      'NaN',
      0.5,
      '2026-01-31T12:45:00.5Z',
      '2026-01-31T13:45:00Z',
      '2026-01-31',
      '01:02:03',
      'AP8=',
      { a: [1, null], b: '2026-01-01T00:00:00Z' },
      { n: '9007199254740993', m: 1 },
      [{ key: 'k', value: 1 }],
      null,
      true,
      '550e8400-e29b-41d4-a716-446655440000',
      { months: 0, days: 3, micros: '0' },
      'infinity',
    ],
  ]);
  assert.equal(columns[11]?.type, 'STRUCT("a" BIGINT[], "b" TIMESTAMP)');
});

test('rows keep the order of the query and stop at the limit', async () => {
  const result = await runQuery(connection, 'FROM orders ORDER BY id DESC -- all', limits);
  assert.deepEqual(
    result.rows,
    [...Array(10).keys()].map((at) => [4999 - at]),
  );
  assert.equal(result.truncated, true);
  const all = await runQuery(connection, 'FROM orders;', { ...limits, maxRows: 5000 });
  assert.deepEqual([all.rows.length, all.truncated], [5000, false]);
});

test('the size of values is known before there are any', async () => {
  const sql = `SELECT {'a': [repeat('x', 1000), NULL], 'b': 1::HUGEINT}, map {'k': 'x'::BLOB}, 'abc'`;
  const chunk = await (await connection.stream(sql)).fetchChunk();
  assert.ok(chunk);
  const text = 1000 + 'k'.length + 'x'.length + 'abc'.length;
  const sizeBytes = rawSizeBytes(chunk);
  assert.ok(sizeBytes >= text && sizeBytes < text + 200, `${sizeBytes}`);
});

test('a large result, a slow query and a wrong one are errors, and the next query works', async () => {
  const wide = "SELECT repeat('x', 10000) FROM range(1000000)";
  const cut = await runQuery(connection, wide, { ...limits, maxRows: 1000 });
  assert.deepEqual([cut.rows.length, cut.truncated], [838, true]);
  const huge = "SELECT repeat('x', 9000000)";
  await assert.rejects(runQuery(connection, huge, limits), { code: 'result_too_large' });
  const slow =
    'SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range < 0';
  const startedAt = performance.now();
  await assert.rejects(runQuery(connection, slow, { ...limits, timeoutMs: 100 }), {
    code: 'query_timeout',
    message: 'the query was stopped after 0.1 s',
  });
  assert.ok(performance.now() - startedAt < 2_000);
  await assert.rejects(runQuery(connection, "SELECT CAST('x' AS INT)", limits), {
    code: 'sql_invalid',
    message: /^line 1, column 8: Could not convert string 'x' to INT32/,
  });
  await assert.rejects(runQuery(connection, 'SELECT $1', limits), { code: 'sql_invalid' });
  assert.deepEqual((await runQuery(connection, 'SELECT 1', limits)).rows, [[1]]);
});

test('what a run set aside, by rule', async () => {
  const three = { part: 'a.csv', row: 3, record: '{"id": 3}' };
  const seven = { part: 'a.csv', row: 7, record: '{"id": 7}' };
  assert.deepEqual(await quarantineSummary(connection, 'r1'), [
    { table: 'orders', rule: 'not_be_null:x', rows: 2, examples: [three, seven] },
    { table: 'orders', rule: 'be_between:id', rows: 1, examples: [seven] },
  ]);
  assert.deepEqual(await quarantineSummary(connection, 'absent'), []);
});
