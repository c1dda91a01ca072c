import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { systemClock } from 'base/clock.ts';
import { judgeTable } from '../../../engine/flow/check/verdict.ts';
import { buildModels } from '../../../engine/flow/transform/build-models.ts';
import type { Dataset } from '../../../engine/flow/warehouse.ts';
import { checkSpec } from '../../../engine/pipeline/spec/check-spec.ts';
import { transformHeaderSpec } from '../../../engine/pipeline/spec/transform-spec.ts';
import { createDataset } from '../dataset/dataset.ts';
import { createMetadataTables } from '../ingest/metadata-tables.ts';

let instance: DuckDBInstance;
let dataset: Dataset;

beforeEach(async () => {
  instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await createMetadataTables(connection);
  await connection.run('CREATE TABLE orders AS SELECT range AS id, 10 AS amount FROM range(3)');
  connection.disconnectSync();
  dataset = createDataset(() => instance.connect(), { clock: systemClock });
});
afterEach(() => instance.closeSync());

function model(name: string, template: string, header: object = {}) {
  const spec = { name, file: `transforms/${name}.sql`, firstLine: 4, template };
  return { ...spec, header: transformHeaderSpec.parse(header) };
}
const positive = checkSpec.parse({
  table: 'totals',
  rules: [{ rule: 'be_between', column: 'total', min_value: 31 }],
});

async function run(models: readonly ReturnType<typeof model>[], runId = 'r1') {
  const values = {
    tenantId: 'acme_corp',
    runId,
    runDate: '2026-03-01',
    intervalEnd: '2026-03-02',
    params: { least: 1 },
  };
  const checks = new Map([['checks/totals.yml', positive]]);
  const { signal } = new AbortController();
  const built: string[] = [];
  const job = { models, checks, values, runId, fence: 1n, signal };
  const reports = buildModels(job, {
    dataset,
    clock: systemClock,
    onBuilt: ({ name }) => built.push(name),
    async checkTable(table, { rules }) {
      const { failure } = judgeTable(table, await dataset.measure(table, rules, signal));
      if (failure) throw failure;
    },
  });
  return { built, reports };
}
async function query(sql: string) {
  const limits = { maxRows: 100, timeoutMs: 5_000 };
  return (await dataset.query(sql, limits, new AbortController().signal)).rows;
}

const log = model(
  'log',
  `SELECT id, run_no FROM orders, (SELECT {% if is_incremental() %} 1 + max(run_no) AS run_no FROM {{ this }} {% else %} 1 AS run_no {% endif %})
WHERE id >= {{ params.least }}`,
  { materialized: 'incremental' },
);

test('models are built in the order of what they read, by name or by ref()', async () => {
  const { reports, built } = await run([
    model('a_share', "SELECT amount / total AS share FROM orders, {{ ref('totals') }}", {
      materialized: 'view',
    }),
    model('totals', 'SELECT sum(amount) AS total FROM (WITH log AS (FROM orders) FROM log);'),
  ]);
  assert.deepEqual(await reports, [
    { name: 'totals', rows: 1 },
    { name: 'a_share', rows: null },
  ]);
  assert.deepEqual(built, ['totals', 'a_share']);
  assert.deepEqual(await query('SELECT round(sum(share), 3) FROM a_share'), [[1]]);
});

test('an incremental model adds rows with each run, and once in each', async () => {
  for (const runId of ['r1', 'r1', 'r2', 'r2']) await (await run([log], runId)).reports;
  assert.deepEqual(await query('SELECT run_no, count(*) FROM log GROUP BY 1 ORDER BY 1'), [
    [1, 2],
    [2, 2],
  ]);
});

test('a broken rule stops before what reads the model', async () => {
  const { reports, built } = await run([
    model('totals', 'SELECT sum(amount) AS total FROM orders', { checks: 'checks/totals.yml' }),
    model('after', 'FROM totals'),
  ]);
  await assert.rejects(reports, {
    code: 'dq_failed',
    message: 'table totals: be_between:total failed on 1 of 1 rows',
  });
  assert.deepEqual(built, ['totals']);
});

test('a mistake in any file is found before anything is built', async () => {
  for (const [template, code, message] of [
    ['SELECT 1 +\n FROM FROM x', 'sql_invalid', /^transforms\/bad.sql:5:2: syntax error/],
    ["SELECT getenv('HOME')", 'sql_forbidden', /^transforms\/bad.sql:4:8: the function getenv/],
    ['FROM totels', 'sql_invalid', /no table 'totels'; did you mean 'totals'/],
    [
      'FROM bad_too',
      'transform_cycle',
      /bad.sql -> transforms\/bad_too.sql -> transforms\/bad.sql/,
    ],
  ] as const) {
    const { reports } = await run([
      model('totals', 'SELECT 1 AS total'),
      model('bad', template),
      model('bad_too', 'FROM bad'),
    ]);
    await assert.rejects(reports, { code, message });
  }
  assert.deepEqual(await query('SELECT count(*) FROM orders'), [[3]]);
  assert.deepEqual(
    (await dataset.listTables()).map(({ name }) => name),
    ['_quarantine', 'orders'],
  );
});
