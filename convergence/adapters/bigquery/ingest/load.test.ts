import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { TableSpec } from '../../../engine/pipeline/spec/table-spec.ts';
import { createTable, dropTable, findTable, listAllTables } from '../dataset/table.ts';
import { tenantDataset } from '../dataset/tenant-dataset.ts';
import { openLoadingRig } from './loading-rig.fake.ts';
import type { LoadingRig } from './loading-rig.fake.ts';

let rig: LoadingRig;
before(async () => {
  rig = await openLoadingRig({ bucket: true, partitionDays: 30 });
});
after(() => rig?.close());

const dataset = () => tenantDataset(rig.scope, rig.options);
const columns = (types: Record<string, string>): TableSpec['columns'] =>
  Object.entries(types).map(([name, type]) => ({ name, type, nullable: true }));
/** Every test has table `t` for itself. */
beforeEach(() => dropTable(dataset(), 't'));

test('values of every type arrive as they were, by way of a bucket that is empty again', async () => {
  const types = {
    d: 'decimal(38,2)',
    day: 'date',
    at: 'time',
    made: 'timestamp',
    seen: 'timestamptz',
    uid: 'uuid',
    doc: 'json',
    docs: 'json[]',
    grid: 'bigint[][]',
    größe: 'double',
    raw: 'binary',
  };
  const record = {
    d: '123456789012345678901234567890123456.78',
    day: '0001-01-01',
    at: '23:59:59.999999',
    made: '2026-01-31T12:00:00.123456',
    seen: '2026-01-31T12:00:00+02:00',
    uid: '6f1c2d3e-0000-4000-8000-000000000001',
    doc: { b: [1, 'ä'], a: null },
    docs: [{ x: 1 }, 'y'],
    grid: [[1], [2, 3]],
    größe: 1.5,
    raw: 'QUI=',
    lines: [{ when: '2026-01-31T01:00:00', tags: [['a'], ['b']] }],
    flag: true,
  };
  const rows = `${JSON.stringify(record)}\n`;
  const many = Array.from({ length: 5000 }, (_, n) => `{"größe":${n}}`).join('\n');
  const declared: TableSpec = { table: 't', columns: columns(types) };
  const receipt = await rig.load({ id: 'types', rows: rows + many, declared });
  assert.equal(receipt.rowsLoaded, 5001);
  const [row] = await rig.rows(`SELECT CAST(d AS STRING) AS d, CAST(day AS STRING) AS day,
    CAST(\`at\` AS STRING) AS \`at\`, CAST(made AS STRING) AS made, FORMAT_TIMESTAMP('%FT%TZ', seen) AS seen,
    uid, TO_JSON_STRING(doc) AS doc, TO_JSON_STRING(docs) AS docs, TO_JSON_STRING(grid) AS grid,
    \`größe\`, TO_BASE64(raw) AS raw, TO_JSON_STRING(lines) AS lines, flag FROM t WHERE d IS NOT NULL`);
  assert.deepEqual(row, {
    ...record,
    made: '2026-01-31 12:00:00.123456',
    seen: '2026-01-31T10:00:00Z',
    doc: '{"a":null,"b":[1,"ä"]}',
    docs: '[{"x":1},"y"]',
    grid: '[[1],[2,3]]',
    größe: '1.5',
    // A text is stored as its bytes.
    raw: 'UVVJPQ==',
    lines: '[{"when":"2026-01-31T01:00:00","tags":[["a"],["b"]]}]',
    flag: 'true',
  });
  const { objects, prefix } = rig.options.bucket ?? assert.fail();
  for await (const { uri } of objects.list(prefix)) assert.fail(`${uri} was left in the bucket`);
});

test('a table lies as its schema file says, and follows it as far as BigQuery can', async () => {
  const partition = { field: 'Day', type: 'month' } as const;
  const declared: TableSpec = { table: 't', columns: columns({ id: 'bigint', Day: 'date' }) };
  const load = (id: string, over: Partial<TableSpec>, more = {}) =>
    rig.load({
      id,
      rows: `{"id":1,"Day":"2026-01-05"}\n`,
      declared: { ...declared, ...over },
      ...more,
    });
  await load('p1', { partition_by: { ...partition, expiration_days: 400 }, cluster_by: ['id'] });
  const made = await findTable(dataset(), 't');
  assert.deepEqual(made?.timePartitioning, {
    field: 'day',
    type: 'MONTH',
    expirationMs: '34560000000',
  });
  assert.deepEqual(made?.clustering, { fields: ['id'] });
  await load('p1b', { partition_by: partition, cluster_by: ['id'] });
  const kept = await findTable(dataset(), 't');
  assert.equal(kept?.timePartitioning?.expirationMs, '34560000000');
  const filtered = { partition_by: { ...partition, require_filter: true }, cluster_by: ['day'] };
  await load('p2', filtered, { disposition: 'merge', primaryKey: ['id'] });
  await load('p3', filtered, { disposition: 'replace' });
  const after = await findTable(dataset(), 't');
  assert.deepEqual(after?.clustering, { fields: ['day'] });
  assert.equal(after?.requirePartitionFilter, true);
  assert.deepEqual(await rig.rows(`SELECT _load_id FROM t WHERE day > '2026-01-01'`), [
    { _load_id: 'p3' },
  ]);
  const range = { field: 'id', type: 'range', start: 0, end: 100, interval: 10 } as const;
  await assert.rejects(load('p4', { partition_by: range }), {
    code: 'schema_frozen',
    message:
      "table 't' has partitions by month of day, and its schema file declares range of id from 0 to 100 by 10; BigQuery cannot change the partitions of a table",
  });
});

test('partitions end as their file says, or else as the dataset does, and the product does not', async () => {
  const declared: TableSpec = { table: 't', columns: columns({ id: 'bigint', Day: 'date' }) };
  const rows = `{"id":1,"Day":"${new Date().toISOString().slice(0, 10)}"}\n`;
  const partition_by = { field: 'Day', type: 'day' } as const;
  for (const id of ['x1', 'x2']) {
    await rig.load({ id, rows, declared: { ...declared, partition_by } });
    const made = await findTable(dataset(), 't');
    assert.equal(made?.timePartitioning?.expirationMs, '2592000000');
  }
  const loads = await findTable(dataset(), '_convergence_loads');
  assert.deepEqual([loads?.expirationTime, loads?.timePartitioning], [undefined, undefined]);
});

test('columns and fields are added, types widened as BigQuery can, and no further', async () => {
  await rig.load({ id: 'e1', rows: '{"n":1,"s":{"x":1},"l":[{"a":1}],"day":"2026-01-05"}\n' });
  const rows = '{"n":1.5,"s":{"y":true},"l":[{"b":"z"}],"day":"2026-01-05T10:00:00","more":"m"}\n';
  await rig.load({ id: 'e2', rows });
  assert.deepEqual(
    await rig.rows(`SELECT n, s.x, s.y, TO_JSON_STRING(l) AS l, CAST(day AS STRING) AS day, more
      FROM t ORDER BY n`),
    [
      {
        n: '1.0',
        x: '1',
        y: null,
        l: '[{"a":1,"b":null}]',
        day: '2026-01-05 00:00:00',
        more: null,
      },
      {
        n: '1.5',
        x: null,
        y: 'true',
        l: '[{"a":null,"b":"z"}]',
        day: '2026-01-05 10:00:00',
        more: 'm',
      },
    ],
  );
  await assert.rejects(rig.load({ id: 'e3', rows: '{"n":"many"}\n' }), {
    code: 'type_conflict',
    message:
      "column 'n' of table 't' is double, with the data it would be text, and BigQuery cannot turn a column of double into text",
  });
});

test('what a worker was staging that lost the run is dropped by the one that took it over', async () => {
  const leave = (name: string) =>
    createTable(dataset(), { name, schema: { fields: [{ name: 'a', type: 'STRING' }] } });
  await rig.load({ id: 'f1', rows: '{"n":1}\n', fence: 1n });
  const names = ['_staging_run_1_x', '_staging_run_1_x_quarantine', '_staging_run2_1_x'];
  for (const name of names) await leave(name);
  await rig.load({ id: 'f2', rows: '{"n":2}\n', fence: 2n });
  const left = await listAllTables(dataset());
  assert.deepEqual(
    left
      .map(({ tableReference }) => tableReference?.tableId ?? '')
      .filter((name) => name.startsWith('_staging')),
    ['_staging_run2_1_x'],
  );
  await assert.rejects(rig.load({ id: 'f3', rows: '{"n":3}\n', fence: 1n }), {
    code: 'lease_lost',
  });
});
