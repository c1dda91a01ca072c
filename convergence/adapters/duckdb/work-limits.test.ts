import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from 'base/clock.ts';
import type { Dataset, Warehouse } from '../../engine/flow/warehouse.ts';
import type { WorkLimits } from '../../engine/tenant/plan/plan.ts';
import { createDuckdbWarehouse } from './warehouse.ts';

const MB = 1_000_000;
const LIMITS: Record<string, WorkLimits> = {
  small_co: {
    maxMemoryBytes: 64 * MB,
    maxTempBytes: MB,
    maxQuerySeconds: 60,
    maxScanBytes: null,
    maxResultRows: 5,
  },
  slow_co: {
    maxMemoryBytes: 256 * MB,
    maxTempBytes: MB,
    maxQuerySeconds: 0.2,
    maxScanBytes: null,
    maxResultRows: 5,
  },
  large_co: {
    maxMemoryBytes: 512 * MB,
    maxTempBytes: 512 * MB,
    maxQuerySeconds: 60,
    maxScanBytes: null,
    maxResultRows: 9,
  },
};

let dataDir = '';
let warehouse: Warehouse;
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'work-limits-'));
  const readLimits = async ({ tenantId }: { tenantId: string }) =>
    LIMITS[tenantId] ?? assert.fail(tenantId);
  warehouse = createDuckdbWarehouse({ dataDir, clock: systemClock, readLimits });
});
after(async () => {
  await warehouse.close();
  await rm(dataDir, { recursive: true });
});

const signal = new AbortController().signal;
const on = <T>(tenantId: string, work: (dataset: Dataset) => Promise<T>) =>
  warehouse.withDataset({ tenantId }, work);
const query = (tenantId: string, sql: string) =>
  on(tenantId, (dataset) => dataset.query(sql, { maxRows: 100, timeoutMs: 60_000 }, signal));
const model = (name: string, sql: string) => ({
  name,
  sql,
  uniqueKey: [],
  file: `${name}.sql`,
  firstLine: 1,
  runId: 'r1',
  fence: 1n,
  builtAt: new Date(0),
});

const HUNGRY = 'SELECT len(list(md5(i::VARCHAR))) FROM range(3000000) AS r(i)';
const ENDLESS =
  'SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range < 0';

test('a tenant without memory and disk to spill fails alone', async () => {
  const built = model('numbers', 'SELECT i, md5(i::VARCHAR) AS text FROM range(20000) AS r(i)');
  const others = async () => {
    for (let round = 0; round < 5; round++) {
      await on('large_co', (dataset) =>
        dataset.buildModel({ ...built, materialized: 'table' }, signal),
      );
      const { rows } = await query('large_co', 'SELECT count(*) AS n FROM numbers');
      assert.deepEqual(rows, [[20_000]]);
    }
  };
  const starving = assert.rejects(query('small_co', HUNGRY), { code: 'memory_exceeded' });
  await Promise.all([starving, others()]);
  assert.deepEqual((await query('small_co', 'SELECT 1')).rows, [[1]]);
  assert.deepEqual((await query('large_co', HUNGRY)).rows, [[3_000_000]], 'a larger plan has it');
});

test('what a tenant wrote ends when its plan says, wherever it runs', async () => {
  const view = { ...model('endless', ENDLESS), materialized: 'view' } as const;
  const table = { ...model('never', ENDLESS), materialized: 'table' } as const;
  await on('slow_co', async (dataset) => {
    await dataset.buildModel(view, signal);
    const works = {
      query: () => dataset.query(ENDLESS, { maxRows: 1, timeoutMs: 60_000 }, signal),
      model: () => dataset.buildModel(table, signal),
      preview: () => dataset.previewTable('endless', 1),
      check: () =>
        dataset.measure(
          'endless',
          [{ id: 'c', rule: 'table_row_count_between', min_value: 1, severity: 'error' }] as never,
          signal,
        ),
    };
    for (const [name, work] of Object.entries(works)) {
      const startedMs = performance.now();
      await assert.rejects(work(), { code: 'query_timeout' }, name);
      assert.ok(performance.now() - startedMs < 2_000, `${name} was stopped too late`);
    }
    assert.deepEqual(
      (await dataset.query('SELECT 1', { maxRows: 1, timeoutMs: 100 }, signal)).rows,
      [[1]],
    );
  });
});

test('a plan says how many rows a result has', async () => {
  const { rows, truncated } = await query('large_co', 'FROM range(20)');
  assert.deepEqual([rows.length, truncated], [9, true]);
});
