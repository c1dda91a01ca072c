import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { openLoadingRig } from './ingest/loading-rig.fake.ts';
import type { LoadingRig } from './ingest/loading-rig.fake.ts';
import { createTable } from './dataset/table.ts';
import { tenantDataset } from './dataset/tenant-dataset.ts';
import { createBigQueryTenantTables } from './tenant-tables.ts';

let rig: LoadingRig;
let folder = '';
before(async () => {
  rig = await openLoadingRig({ bucket: true });
  folder = await mkdtemp(join(tmpdir(), 'bigquery-export-'));
});
after(async () => {
  await rig?.close();
  await rm(folder, { recursive: true, force: true });
});

test('the tables of a tenant leave as Parquet, and then are gone', async () => {
  const tables = createBigQueryTenantTables(rig.options);
  assert.deepEqual(await tables.exportTables(rig.scope, folder), []);
  assert.equal(await tables.measureTables(rig.scope), 0);
  await rig.load({ id: 'l1', rows: '{"id":1,"v":"a"}\n{"id":2,"v":"b"}\n' });
  const view = (name: string, query: string) =>
    createTable(tenantDataset(rig.scope, rig.options), {
      name,
      view: { query, useLegacySql: false },
    });
  await view('doubled', 'SELECT id * 2 AS id FROM tenant_acme.t');
  assert.ok((await tables.measureTables(rig.scope)) > 0);
  const exported = await tables.exportTables(rig.scope, folder);
  const own = exported.filter(({ name }) => !name.startsWith('_'));
  assert.deepEqual(
    own.map(({ name, file, rows }) => ({ name, file, rows })),
    [
      { name: 'doubled', file: 'tables/doubled.parquet', rows: 2 },
      { name: 't', file: 'tables/t.parquet', rows: 2 },
    ],
  );
  assert.ok(exported.some(({ name, rows }) => name === '_convergence_loads' && rows === 1));
  const reader = await DuckDBInstance.create();
  const connection = await reader.connect();
  const sql = `SELECT t.id, v, d.id AS double FROM read_parquet('${folder}/t.parquet') t
    JOIN read_parquet('${folder}/doubled.parquet') d ON d.id = t.id * 2 ORDER BY 1`;
  assert.deepEqual((await connection.runAndReadAll(sql)).getRowsJson(), [
    ['1', 'a', '2'],
    ['2', 'b', '4'],
  ]);
  connection.disconnectSync();
  reader.closeSync();
  await tables.removeTables(rig.scope);
  await tables.removeTables(rig.scope);
  assert.equal(await tables.measureTables(rig.scope), 0);
  await rig.load({ id: 'l1', rows: '{"id":3}\n' });
  assert.deepEqual(await rig.rows('SELECT id FROM t'), [{ id: '3' }], 'a later tenant begins anew');
});

test('without a bucket nothing leaves, and it says so', async () => {
  const tables = createBigQueryTenantTables({ ...rig.options, bucket: null });
  await rig.load({ id: 'l2', rows: '{"id":4}\n' });
  await assert.rejects(tables.exportTables(rig.scope, folder), {
    code: 'unsupported',
    hint: 'Set BIGQUERY_STAGING_BUCKET, restart the platform, and repeat it: it goes on where it was.',
  });
});
