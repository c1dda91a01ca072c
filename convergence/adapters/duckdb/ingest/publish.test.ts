import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { PublishRequest } from '../../../engine/flow/warehouse.ts';
import { planTable } from '../../../engine/flow/normalize/plan-table.ts';
import { createMetadataTables } from './metadata-tables.ts';
import { readRows, runSql } from '../run-sql.ts';
import { describeTable, publishStaging } from './publish.ts';

let folder = '';
let instance: DuckDBInstance;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'publish-'));
  await mkdir(folder, { recursive: true });
  instance = await DuckDBInstance.create(join(folder, 'tenant.duckdb'));
});
after(async () => {
  instance.closeSync();
  await rm(folder, { recursive: true });
});

let loads = 0;

/** Publishes the rows of a SELECT as if it had been staged. */
async function publish(
  connection: DuckDBConnection,
  select: string,
  request: Partial<PublishRequest> = {},
) {
  const loadId = `load-${loads++}`;
  await createMetadataTables(connection);
  const stamps = `'${loadId}' AS _load_id, now() AS _loaded_at`;
  await runSql(
    connection,
    `CREATE OR REPLACE TABLE staging AS SELECT *, ${stamps} FROM (${select})`,
  );
  const table = request.table ?? 'items';
  const plan = planTable({
    table,
    current: await describeTable(connection, table),
    declared: null,
    incoming: (await describeTable(connection, 'staging')) ?? [],
    contract: { tables: 'evolve', columns: 'evolve', data_type: 'evolve' },
    processing: [],
  });
  const report = { rowsIn: 1, rowsGood: 1, rowsQuarantined: 0, measurements: [] };
  const loadedAt = new Date('2026-01-01T00:00:00Z');
  return publishStaging(connection, {
    staging: 'staging',
    table,
    plan,
    disposition: 'append',
    primaryKey: [],
    loadId,
    runId: loadId,
    fence: 1n,
    declared: null,
    stateKey: loadId,
    state: {},
    stateVersion: 0,
    report,
    loadedAt,
    ...request,
  });
}

test('readers see the old table or the new one, and views outlive both', async () => {
  const writer = await instance.connect();
  const reader = await instance.connect();
  const total = () =>
    readRows<{ sum: bigint }>(reader, 'SELECT sum(a)::BIGINT AS sum FROM doubled');
  await publish(writer, 'SELECT 1::BIGINT AS a');
  await runSql(writer, 'CREATE VIEW doubled AS SELECT a * 2 AS a FROM items');
  await runSql(reader, 'BEGIN');
  assert.deepEqual(await total(), [{ sum: 2n }]);
  await publish(writer, 'SELECT 5::BIGINT AS a, 1 AS b', { disposition: 'replace' });
  assert.deepEqual(await total(), [{ sum: 2n }], 'the snapshot of the transaction');
  await runSql(reader, 'COMMIT');
  assert.deepEqual(await total(), [{ sum: 10n }]);
  await publish(writer, "SELECT 1.5::DOUBLE AS a, 'x' AS c");
  assert.deepEqual(await readRows(reader, 'SELECT a FROM doubled ORDER BY a'), [
    { a: 3 },
    { a: 10 },
  ]);
});

test('a plan that another load has overtaken is not published', async () => {
  const connection = await instance.connect();
  await publish(connection, 'SELECT 1::BIGINT AS a', { table: 'raced' });
  const plan = planTable({
    table: 'raced',
    current: null,
    declared: null,
    incoming: [{ name: 'a', type: { kind: 'bigint' } }],
    contract: { tables: 'evolve', columns: 'evolve', data_type: 'evolve' },
    processing: [],
  });
  const late = publish(connection, 'SELECT 2::BIGINT AS a', { table: 'raced', plan });
  await assert.rejects(late, { code: 'state_moved', kind: 'transient' });
  assert.deepEqual(await readRows(connection, 'SELECT a FROM raced'), [{ a: 1n }]);
});

test('of two writers with one run the one with the lower fence is refused', async () => {
  const [old, young] = [await instance.connect(), await instance.connect()];
  const run = { table: 'fenced', runId: 'run' };
  await publish(old, 'SELECT 1::BIGINT AS a', { ...run, fence: 1n });
  await publish(young, 'SELECT 2::BIGINT AS a', { ...run, fence: 2n });
  await assert.rejects(publish(old, 'SELECT 3::BIGINT AS a', { ...run, fence: 1n }), {
    code: 'lease_lost',
  });
  const rows = await readRows(old, 'SELECT a FROM fenced ORDER BY a');
  assert.deepEqual(rows, [{ a: 1n }, { a: 2n }]);
});

test('nested columns evolve inside their rows', async () => {
  const connection = await instance.connect();
  const at = { table: 'nested' };
  await publish(connection, "SELECT {'x': 1::BIGINT, 'l': [{'k': 1::BIGINT}]} AS s", at);
  await publish(connection, "SELECT {'x': 'text', 'l': [{'k': 1.5::DOUBLE, 'm': true}]} AS s", at);
  await publish(connection, "SELECT '[1]'::JSON AS s", at);
  assert.deepEqual(await readRows(connection, 'SELECT s FROM nested ORDER BY rowid'), [
    { s: '{"x":"1","l":[{"k":1.0,"m":null}]}' },
    { s: '{"x":"text","l":[{"k":1.5,"m":true}]}' },
    { s: '[1]' },
  ]);
});
