import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ModelBuild } from '../../../engine/flow/transform/model.ts';
import { raiseFence } from '../ingest/fence.ts';
import { createMetadataTables } from '../ingest/metadata-tables.ts';
import { buildModel } from './build-model.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeEach(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await createMetadataTables(connection);
  await connection.run('CREATE TABLE orders AS SELECT 1 AS id, 10 AS amount');
});
afterEach(() => {
  connection.disconnectSync();
  instance.closeSync();
});

function build(sql: string, changed: Partial<ModelBuild> = {}): Promise<unknown> {
  return buildModel(connection, {
    name: 'totals',
    materialized: 'table',
    uniqueKey: [],
    sql,
    file: 'transforms/totals.sql',
    firstLine: 4,
    runId: 'run-1',
    fence: 1n,
    builtAt: new Date('2026-03-01T00:00:00Z'),
    ...changed,
  });
}
async function rows(sql: string) {
  return (await connection.runAndReadAll(sql)).getRowsJson();
}
const keyed = { materialized: 'incremental', uniqueKey: ['id'] } as const;
const appended = { materialized: 'incremental' } as const;

test('a table is replaced, views on it go on working, and nothing else stays behind', async () => {
  assert.deepEqual(await build('SELECT id, amount FROM orders;'), { name: 'totals', rows: 1 });
  await build('SELECT sum(amount) AS total FROM totals', { name: 'v', materialized: 'view' });
  await build('SELECT id, amount * 2 AS amount FROM orders UNION ALL SELECT 2, 5 -- end');
  assert.deepEqual(await rows('FROM v'), [['25']]);
  assert.deepEqual(await rows('SELECT name, rows FROM _convergence_models ORDER BY 1'), [
    ['totals', '2'],
    ['v', null],
  ]);
  assert.deepEqual(
    await rows(
      "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '\\_staging%' ESCAPE '\\'",
    ),
    [],
  );
});

test('a model changes between view, table and incremental', async () => {
  const kinds = ['view', 'table', 'view', 'incremental', 'view'] as const;
  for (const materialized of kinds) {
    const report = await build('SELECT id FROM orders', { materialized });
    assert.deepEqual(report, { name: 'totals', rows: materialized === 'view' ? null : 1 });
  }
});

test('an incremental model replaces rows by key, adds columns and widens types', async () => {
  await build('SELECT 1 AS id, 10 AS amount UNION ALL SELECT NULL, 7', keyed);
  const report = await build(
    "SELECT amount, id, note FROM (VALUES (1, 1.5, 'new'), (NULL, 8, 'null'), (2, 3, 'two')) v(id, amount, note)",
    keyed,
  );
  assert.deepEqual(report, { name: 'totals', rows: 3 });
  assert.deepEqual(await rows('SELECT id, amount::DOUBLE, note FROM totals ORDER BY amount'), [
    [1, 1.5, 'new'],
    [2, 3, 'two'],
    [null, 8, 'null'],
  ]);
  await build('SELECT 3 AS id', keyed);
  assert.deepEqual(await rows('FROM totals WHERE id = 3'), [[3, null, null]]);
});

test('keys that repeat are an error, and the table stays', async () => {
  await build('SELECT 1 AS id', keyed);
  await assert.rejects(build('SELECT 2 AS id FROM range(3)', keyed), {
    code: 'sql_invalid',
    message: 'transforms/totals.sql: 1 values of unique_key ("id") occur in several rows',
  });
  await assert.rejects(build('SELECT 2 AS other', keyed), { code: 'sql_invalid' });
  assert.deepEqual(await rows('FROM totals'), [[1]]);
});

test('an append happens once in a run, however often its step is repeated', async () => {
  const counts = [];
  for (const runId of ['run-1', 'run-1', 'run-2', 'run-2', 'run-3']) {
    counts.push(await build('SELECT 1 AS x', { ...appended, runId }));
  }
  assert.deepEqual(
    counts,
    [1, 1, 2, 2, 3].map((rows) => ({ name: 'totals', rows })),
  );
});

for (const changed of [{}, { materialized: 'view' } as const, keyed, appended]) {
  const kind = JSON.stringify(changed);
  test(`a worker that lost its lease builds nothing ${kind}`, async () => {
    await build('SELECT 1 AS id', changed);
    await raiseFence(connection, 'run-1', 3n);
    const late = build('SELECT 2 AS id', { ...changed, uniqueKey: ['id'], fence: 2n });
    await assert.rejects(late, { code: 'lease_lost' });
    assert.deepEqual(await rows('FROM totals'), [[1]]);
    assert.deepEqual(await build('SELECT 2 AS id', { fence: 3n }), { name: 'totals', rows: 1 });
  });
}

test('errors show the line of the file; the old table stays', async () => {
  await build('SELECT 1 AS id');
  for (const materialized of ['table', 'view', 'incremental'] as const) {
    await assert.rejects(build('SELECT\n  amnt\nFROM orders', { materialized, runId: 'run-2' }), {
      code: 'sql_invalid',
      message:
        'transforms/totals.sql:5:3: Referenced column "amnt" not found in FROM clause!\nCandidate bindings: "amount"\n    amnt\n    ^',
    });
  }
  await assert.rejects(build("SELECT id,\n  CAST('x' || id AS INT) FROM orders"), {
    code: 'sql_invalid',
    message: /^transforms\/totals.sql:5:3: Could not convert string 'x1' to INT32/,
  });
  await assert.rejects(build("SELECT * FROM read_text('/etc/passwd')"), { code: 'sql_forbidden' });
  await assert.rejects(build('SELECT * FROM absent'), { code: 'sql_invalid' });
  assert.deepEqual(await rows('FROM totals'), [[1]]);
});

test('a table that a source loads is not replaced by a transform', async () => {
  await connection.run(
    "INSERT INTO _convergence_loads (load_id, table_name) VALUES ('l', 'orders')",
  );
  await assert.rejects(build('SELECT 1 AS id', { name: 'orders' }), {
    code: 'config_invalid',
    message: 'transforms/totals.sql: the table orders is loaded by a source',
  });
  assert.deepEqual(await rows('FROM orders'), [[1, 10]]);
});
