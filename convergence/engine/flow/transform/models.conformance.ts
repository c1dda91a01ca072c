import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { tenantScope } from '../../tenant/tenant-scope.ts';
import type { Dataset, Warehouse } from '../warehouse.ts';
import type { ModelBuild, ModelReport } from './model.ts';

export interface ModelHarness {
  readonly warehouse: Warehouse;
  close(): Promise<void>;
}

/**
 * What every warehouse must do with transforms, in SQL that all of them understand; each case has a
 * tenant of its own, with a table `orders` of one row.
 */
export function modelConformance(name: string, open: () => Promise<ModelHarness>): void {
  describe(`${name} builds models`, () => {
    let harness: ModelHarness | undefined;
    before(async () => {
      harness = await open();
    });
    after(() => harness?.close());
    Object.entries(CASES).forEach(([title, run], index) => {
      test(title, async () => {
        assert.ok(harness);
        await harness.warehouse.withDataset(tenantScope(`model_${index}`), async (dataset) => {
          const bench = benchOn(dataset);
          await bench.build('SELECT 1 AS id, 10 AS amount', { name: 'orders' });
          await run(bench);
        });
      });
    });
  });
}

interface Bench {
  readonly dataset: Dataset;
  readonly build: (sql: string, changed?: Partial<ModelBuild>) => Promise<ModelReport>;
  readonly rows: (sql: string) => Promise<readonly (readonly unknown[])[]>;
}

const signal = new AbortController().signal;

function benchOn(dataset: Dataset): Bench {
  return {
    dataset,
    build: (sql, changed = {}) =>
      dataset.buildModel(
        {
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
        },
        signal,
      ),
    rows: async (sql) =>
      (await dataset.query(sql, { maxRows: 100, timeoutMs: 20_000 }, signal)).rows,
  };
}

const keyed = { materialized: 'incremental', uniqueKey: ['id'] } as const;
const appended = { materialized: 'incremental' } as const;

const CASES: Record<string, (bench: Bench) => Promise<void>> = {
  'a table is replaced, views on it go on working, and nothing else stays behind': async ({
    dataset,
    build,
    rows,
  }) => {
    assert.deepEqual(await build('SELECT id, amount FROM orders;'), { name: 'totals', rows: 1 });
    const view = { name: 'v', materialized: 'view' } as const;
    const sum = 'WITH t AS (SELECT * FROM totals) SELECT sum(t.amount) AS total FROM t';
    assert.deepEqual(await build(sum, view), { name: 'v', rows: null });
    await build(
      'SELECT id, amount * 2 AS amount, id AS more FROM orders UNION ALL SELECT 2, 5, 3 -- end',
    );
    assert.deepEqual(await rows('SELECT * FROM v'), [[25]]);
    assert.deepEqual(
      (await dataset.listTables()).filter(({ name }) => name !== '_quarantine'),
      [
        { name: 'orders', kind: 'table', rows: 1 },
        { name: 'totals', kind: 'table', rows: 2 },
        { name: 'v', kind: 'view', rows: null },
      ],
    );
    assert.deepEqual((await dataset.tableDetail('totals')).lastLoad, {
      loadId: 'run-1',
      loadedAt: '2026-03-01T00:00:00.000Z',
      rows: 2,
    });
  },
  'a model changes between view, table and incremental': async ({ build, rows }) => {
    for (const materialized of ['view', 'table', 'view', 'incremental'] as const) {
      const report = await build('SELECT id FROM orders', { materialized });
      assert.deepEqual(report, { name: 'totals', rows: materialized === 'view' ? null : 1 });
      assert.deepEqual(await rows('SELECT * FROM totals'), [[1]]);
    }
  },
  'partitions and clusters, where there are any, may change': async ({ build, rows }) => {
    const sql = "SELECT id, DATE '2026-01-31' AS day FROM orders";
    await build(sql, { partitionBy: 'day', clusterBy: ['id'] });
    await build(sql, { partitionBy: 'day' });
    await build(sql);
    assert.deepEqual(await rows('SELECT * FROM totals'), [[1, '2026-01-31']]);
  },
  'an incremental model replaces rows by key, adds columns and widens types': async ({
    build,
    rows,
  }) => {
    await build('SELECT 1 AS id, 10 AS amount UNION ALL SELECT NULL, 7', keyed);
    const next = `SELECT CAST(1.5 AS DECIMAL) AS amount, 1 AS id, 'new' AS note
      UNION ALL SELECT 8, NULL, 'null' UNION ALL SELECT 3, 2, 'two'`;
    assert.deepEqual(await build(next, keyed), { name: 'totals', rows: 3 });
    const sorted = 'SELECT id, CAST(amount * 10 AS INTEGER), note FROM totals ORDER BY amount';
    assert.deepEqual(await rows(sorted), [
      [1, 15, 'new'],
      [2, 30, 'two'],
      [null, 80, 'null'],
    ]);
    await build('SELECT 3 AS id', keyed);
    assert.deepEqual(await rows('SELECT note FROM totals WHERE id = 3'), [[null]]);
  },
  'keys that repeat are an error, and the table stays': async ({ build, rows }) => {
    await build('SELECT 1 AS id', keyed);
    const repeated = 'SELECT 2 AS id UNION ALL SELECT 2';
    await assert.rejects(build(repeated, keyed), {
      code: 'sql_invalid',
      message: /^transforms\/totals.sql: 1 values of unique_key \("?id"?\) occur in several rows$/,
    });
    await assert.rejects(build('SELECT 2 AS other', keyed), { code: 'sql_invalid' });
    assert.deepEqual(await rows('SELECT * FROM totals'), [[1]]);
  },
  'an append happens once in a run, however often its step is repeated': async ({ build }) => {
    const counts = [];
    for (const runId of ['run-1', 'run-1', 'run-2', 'run-2']) {
      counts.push((await build('SELECT 1 AS x', { ...appended, runId })).rows);
    }
    assert.deepEqual(counts, [1, 1, 2, 2]);
  },
  'a worker that lost its lease builds nothing': async ({ dataset, build, rows }) => {
    const kinds = [{}, { materialized: 'view' } as const, keyed, appended];
    for (const [index, kind] of kinds.entries()) {
      const changed = { ...kind, name: `late_${index}`, runId: `run-${index}` };
      await build('SELECT 1 AS id', changed);
      await dataset.raiseFence(changed.runId, 3n);
      const late = build('SELECT 2 AS id', { ...changed, uniqueKey: ['id'], fence: 2n });
      await assert.rejects(late, { code: 'lease_lost' });
      assert.deepEqual(await rows(`SELECT * FROM late_${index}`), [[1]]);
    }
  },
  'errors show the line of the file; the old table stays': async ({ build, rows }) => {
    await build('SELECT 1 AS id');
    for (const materialized of ['table', 'view', 'incremental'] as const) {
      await assert.rejects(build('SELECT\n  amnt\nFROM orders', { materialized, runId: 'run-2' }), {
        code: 'sql_invalid',
        message: /^transforms\/totals.sql:5:3: .*amnt[\s\S]*\n {4}amnt\n {4}\^$/,
      });
    }
    await assert.rejects(build("SELECT CAST(CONCAT('x', amount) AS DATE) AS d FROM orders"), {
      code: 'sql_invalid',
    });
    const absent = build('SELECT * FROM absent');
    await assert.rejects(absent, { code: 'sql_invalid', message: /absent/ });
    await assert.rejects(build('SELECT * FROM other.orders'), { code: 'sql_forbidden' });
    await assert.rejects(build('DELETE FROM orders WHERE 1 = 1'), { code: 'sql_forbidden' });
    assert.deepEqual(await rows('SELECT * FROM totals'), [[1]]);
  },
};
