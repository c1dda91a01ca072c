import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Dataset } from '../../../engine/flow/warehouse.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { openBigQueryRig } from '../bigquery-rig.fake.ts';
import { runSql } from '../dataset/run-sql.ts';
import { tenantDataset } from '../dataset/tenant-dataset.ts';
import type { TenantDataset } from '../dataset/tenant-dataset.ts';

const limits = { maxRows: 10, timeoutMs: 20_000 };
const signal = new AbortController().signal;

describe('reading from BigQuery', () => {
  let rig: Awaited<ReturnType<typeof openBigQueryRig>>;
  let own: TenantDataset;
  before(async () => {
    rig = await openBigQueryRig();
    own = tenantDataset(tenantScope('shop_co'), rig);
    await inShop(async (dataset) => {
      await dataset.listTables();
    });
    const sql = [
      'CREATE TABLE orders AS SELECT id, DIV(id, 2) AS half FROM UNNEST(GENERATE_ARRAY(0, 4999)) AS id',
      `CREATE TABLE kinds AS SELECT 9007199254740993 AS big, NUMERIC '1.5' AS price, [STRUCT(1 AS n, TIMESTAMP '2026-01-31 12:45:00.5+00' AS at_)] AS list`,
      'CREATE TABLE _staging_r1_step_orders AS SELECT 1 AS x',
      'CREATE VIEW ids AS SELECT id FROM tenant_shop_co.orders',
      `INSERT INTO _convergence_loads (load_id, table_name, rows_loaded, published_at) VALUES
        ('l1', 'orders', 4999, TIMESTAMP '2026-01-01 00:00:00+00'), ('l2', 'orders', 1, TIMESTAMP '2026-01-02 00:00:00+00')`,
    ];
    for (const one of sql) await runSql(own, { sql: one });
    await rig.warehouse.withDataset(tenantScope('other_co'), async (dataset) => {
      await dataset.listTables();
    });
  });
  after(() => rig.close());

  const inShop = <T>(work: (dataset: Dataset) => Promise<T>) =>
    rig.warehouse.withDataset(tenantScope('shop_co'), work);
  const query = (sql: string, asked: Partial<typeof limits> = {}) =>
    inShop((dataset) => dataset.query(sql, { ...limits, ...asked }, signal));

  test('tables, views and the quarantine, with exact counts; nothing of the product', async () => {
    assert.deepEqual(await inShop((dataset) => dataset.listTables()), [
      { name: '_quarantine', kind: 'table', rows: 0 },
      { name: 'ids', kind: 'view', rows: null },
      { name: 'kinds', kind: 'table', rows: 1 },
      { name: 'orders', kind: 'table', rows: 5000 },
    ]);
  });

  test('a table has columns and its newest load', async () => {
    await inShop(async (dataset) => {
      assert.deepEqual(await dataset.tableDetail('ORDERS'), {
        name: 'orders',
        kind: 'table',
        rows: 5000,
        columns: [
          { name: 'id', type: 'INT64' },
          { name: 'half', type: 'INT64' },
        ],
        lastLoad: { loadId: 'l2', loadedAt: '2026-01-02T00:00:00.000Z', rows: 1 },
      });
      assert.equal((await dataset.tableDetail('ids')).lastLoad, null);
      for (const name of ['order', '_convergence_state', 'tenant_other_co.orders', '../x']) {
        await assert.rejects(dataset.tableDetail(name), { code: 'table_absent' });
        await assert.rejects(dataset.previewTable(name, 1), { code: 'table_absent' });
      }
    });
  });

  test('a preview says whether there is more', async () => {
    await inShop(async (dataset) => {
      assert.deepEqual(await dataset.previewTable('kinds', 1), {
        columns: [
          { name: 'big', type: 'INT64' },
          { name: 'price', type: 'NUMERIC' },
          { name: 'list', type: 'ARRAY<STRUCT<n INT64, at_ TIMESTAMP>>' },
        ],
        rows: [['9007199254740993', '1.5', [{ n: 1, at_: '2026-01-31T12:45:00.5Z' }]]],
        truncated: false,
      });
      for (const name of ['orders', 'ids']) {
        const { rows, truncated } = await dataset.previewTable(name, 2);
        assert.deepEqual([rows.length, truncated], [2, true]);
      }
    });
  });

  test('values are JSON that loses nothing', async () => {
    const { rows, columns } =
      await query(`SELECT 1, 9007199254740993, NUMERIC '1.50', CAST('nan' AS FLOAT64),
      0.5, TIMESTAMP '2026-01-31 13:45:00.5+01', DATETIME '2026-01-31 13:45:00', DATE '2026-01-31', TIME '01:02:03.250',
      b'\\x00\\xFF', STRUCT([1, 2] AS a, DATETIME '2026-01-01' AS b), JSON '{"n": 9007199254740993, "m": 1}',
      NULL, true, TIMESTAMP '1969-12-31 23:59:59.999999+00', CAST('-inf' AS FLOAT64)`);
    assert.deepEqual(rows, [
      [
        1,
        '9007199254740993',
        '1.5',
        'NaN',
        0.5,
        '2026-01-31T12:45:00.5Z',
        '2026-01-31T13:45:00Z',
        '2026-01-31',
        '01:02:03.25',
        'AP8=',
        { a: [1, 2], b: '2026-01-01T00:00:00Z' },
        { n: '9007199254740993', m: 1 },
        null,
        true,
        '1969-12-31T23:59:59.999999Z',
        '-Infinity',
      ],
    ]);
    assert.equal(columns[10]?.type, 'STRUCT<a ARRAY<INT64>, b DATETIME>');
  });

  test('rows keep the order of the query and stop at the limit', async () => {
    const { rows, truncated } = await query('SELECT id FROM orders ORDER BY id DESC -- all');
    assert.deepEqual([rows, truncated], [[...Array(10).keys()].map((at) => [4999 - at]), true]);
    const all = await query('SELECT * FROM orders;', { maxRows: 5000 });
    assert.deepEqual([all.rows.length, all.truncated], [5000, false]);
  });

  test('a large result, a slow query and a wrong one are errors', async () => {
    const wide = "SELECT REPEAT('x', 10000) FROM orders";
    const cut = await query(wide, { maxRows: 1000 });
    assert.deepEqual([cut.rows.length, cut.truncated], [838, true]);
    const row = Array.from({ length: 9 }, () => "REPEAT('x', 1000000)").join(', ');
    await assert.rejects(query(`SELECT ${row}`), {
      code: 'result_too_large',
    });
    const slow = 'SELECT count(*) FROM orders a, orders b, orders c WHERE a.id * b.id + c.id < 0';
    await assert.rejects(query(slow, { timeoutMs: 300 }), {
      code: 'query_timeout',
      message: 'the query was stopped after 0.3 s',
    });
    await assert.rejects(query("SELECT\n  CAST(CONCAT('x', id) AS INT64) FROM orders"), {
      code: 'sql_invalid',
      message: /Bad int64 value: x\d/,
    });
    await assert.rejects(query('SELECT\n  idd FROM orders'), {
      code: 'sql_invalid',
      message:
        /^line 2, column 3: Unrecognized name: idd; Did you mean id\?\n {4}idd FROM orders\n {4}\^$/,
    });
  });

  test('nothing outside of the dataset is read, however it is named', async () => {
    const attempts = [
      'SELECT * FROM tenant_other_co._convergence_loads',
      'SELECT * FROM `p-test.tenant_other_co._convergence_loads`',
      // To the words of it the dataset is a name for a table; BigQuery knows better.
      'SELECT (SELECT count(*) FROM orders AS tenant_other_co) AS n, x.* FROM tenant_other_co._convergence_loads AS x',
    ];
    for (const sql of attempts) {
      await assert.rejects(query(sql), { code: 'sql_forbidden' }, sql);
    }
  });

  test('a query that would cost too much does not run', async () => {
    const { createReading } = await import('./reading.ts');
    const plan = { maxMemoryBytes: 1, maxTempBytes: 1, maxQuerySeconds: 20, maxResultRows: 5 };
    const reading = createReading(own, { ...plan, maxScanBytes: 1000 });
    await assert.rejects(reading.query('SELECT * FROM orders', limits, signal), {
      code: 'query_too_expensive',
    });
    const small = await reading.query('SELECT 1', { ...limits, maxRows: 7 }, signal);
    assert.deepEqual(small.rows, [[1]]);
  });
});
