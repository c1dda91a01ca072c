import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { systemClock } from 'base/clock.ts';
import { planTable } from '../../../engine/flow/normalize/plan-table.ts';
import type { StagedFile } from '../../../engine/flow/part-stager.ts';
import type { StageRequest } from '../../../engine/flow/warehouse.ts';
import type { Rule } from '../../../engine/pipeline/spec/check-spec.ts';
import type { TableSpec } from '../../../engine/pipeline/spec/table-spec.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { createPartStager } from './part-stager.ts';

const scope = tenantScope('acme');
const { signal } = new AbortController();
let dataDir = '';
let reader: DuckDBInstance;
let count = 0;
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stager-'));
  await mkdir(join(dataDir, 'parts', 'acme'), { recursive: true });
  reader = await DuckDBInstance.create();
});
after(async () => {
  reader.closeSync();
  await rm(dataDir, { recursive: true });
});

interface Load {
  readonly declared?: TableSpec['columns'];
  readonly rules?: readonly Rule[];
}

async function requestOf(text: string, { declared, rules = [] }: Load = {}): Promise<StageRequest> {
  const path = join(dataDir, 'parts', 'acme', `${count++}.ndjson`);
  await writeFile(path, text);
  const spec = declared ? { table: 't', columns: declared } : null;
  const contract = { tables: 'evolve', columns: 'evolve', data_type: 'evolve' } as const;
  const needs = { table: 't', current: null, declared: spec, contract, processing: [] };
  const sizeBytes = Buffer.byteLength(text);
  return {
    staging: '_staging_run_1_step_t',
    table: 't',
    parts: [{ path, label: 'page 1', format: 'ndjson', compression: 'none', sizeBytes }],
    plan: (incoming) => planTable({ ...needs, incoming }),
    rules,
    loadId: 'load',
    runId: 'run',
    loadedAt: new Date('2026-01-01T00:00:00Z'),
  };
}

async function contentOf(files: readonly StagedFile[], select = '*'): Promise<unknown[]> {
  const paths = files.map(({ path }) => `'${path}'`).join(', ');
  const connection = await reader.connect();
  await connection.run("SET TimeZone = 'UTC'");
  const sql = `SELECT ${select} FROM read_parquet([${paths}])`;
  const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson();
  connection.disconnectSync();
  return rows;
}

/** One record with a column of each type, declared, and nested ones, inferred. */
function everyType() {
  const types = ['bigint', 'decimal(38,2)', 'text', 'boolean', 'double', 'date', 'time', 'binary'];
  const names = [...types, 'timestamp', 'timestamptz', 'uuid', 'json', 'json[]'];
  const declared = names.map((type, index) => ({ name: `c${index}`, type, nullable: true }));
  const values = [
    1,
    '12345678901234567890.12',
    'ä',
    true,
    1.5,
    '2026-01-31',
    '12:34:56.789',
    'QUI=',
    '2026-01-31T12:00:00.123456',
    '2026-01-31T12:00:00+02:00',
    '6f1c2d3e-0000-4000-8000-000000000001',
    { a: [1] },
    [{ b: 1 }, null, 'x'],
  ];
  const record = Object.fromEntries(values.map((value, index) => [`c${index}`, value]));
  const nested = { list: [1, null, 2], at: { when: '2026-01-31T01:00:00', deep: [{ x: [1] }] } };
  return { declared, text: `${JSON.stringify({ ...record, ...nested })}\n` };
}

async function typesOf({ path }: StagedFile): Promise<unknown[]> {
  const sql = `SELECT column_name || ' ' || column_type FROM (DESCRIBE SELECT * FROM '${path}')`;
  const connection = await reader.connect();
  const rows = (await connection.runAndReadAll(sql)).getRows();
  connection.disconnectSync();
  return rows.flat();
}

test('types are those that every loader reads alike', async () => {
  const { declared, text } = everyType();
  const stager = createPartStager({ dataDir, clock: systemClock });
  const parts = await stager.stage(scope, await requestOf(text, { declared }), signal);
  const [file] = parts.good;
  assert.ok(file);
  assert.deepEqual(await typesOf(file), [
    'c0 BIGINT',
    'c1 DECIMAL(38,2)',
    'c2 VARCHAR',
    'c3 BOOLEAN',
    'c4 DOUBLE',
    'c5 DATE',
    'c6 VARCHAR',
    'c7 BLOB',
    'c8 TIMESTAMP WITH TIME ZONE',
    'c9 TIMESTAMP WITH TIME ZONE',
    'c10 VARCHAR',
    'c11 VARCHAR',
    'c12 VARCHAR[]',
    'list BIGINT[]',
    'at STRUCT("when" TIMESTAMP WITH TIME ZONE, deep STRUCT(x BIGINT[])[])',
    '_row BIGINT',
  ]);
  assert.deepEqual(await contentOf(parts.good, 'c1, c6, c8, c9, c11, c12, list, "at", _row'), [
    {
      c1: '12345678901234567890.12',
      c6: '12:34:56.789',
      c8: '2026-01-31 12:00:00.123456+00',
      c9: '2026-01-31 10:00:00+00',
      c11: '{"a":[1]}',
      c12: ['{"b":1}', '"x"'],
      list: ['1', '2'],
      at: { when: '2026-01-31 01:00:00+00', deep: [{ x: ['1'] }] },
      _row: '0',
    },
  ]);
  await parts.close();
});

test('good rows come in files of a bounded size, each row with its number', async () => {
  const rows = 400_000;
  const text = Array.from({ length: rows }, (_, n) => `{"n":${n}}`).join('\n');
  const stager = createPartStager({ dataDir, clock: systemClock, fileBytes: 100_000 });
  const parts = await stager.stage(scope, await requestOf(text), signal);
  assert.ok(parts.good.length > 1, `${parts.good.length} files`);
  assert.equal(
    parts.good.reduce((sum, file) => sum + file.rows, 0),
    rows,
  );
  const [counted] = await contentOf(
    parts.good,
    'count(*) AS rows, count(DISTINCT _row) AS different, count(*) FILTER (n = _row) AS same',
  );
  assert.deepEqual(counted, { rows: `${rows}`, different: `${rows}`, same: `${rows}` });
  await parts.close();
});

test('bad rows go beside, rules are measured on the good ones, and nothing is left', async () => {
  const rules: Rule[] = [{ rule: 'not_be_null', column: 'id', severity: 'error' }];
  const text = '{"id":1,"v":"a"}\n{"id":null,"v":"b"}\n{"id":1,"v":"c"}\n';
  const stager = createPartStager({ dataDir, clock: systemClock });
  const request = await requestOf(text, { rules });
  await stager.stage(scope, request, signal);
  const left = join(dataDir, 'staging', 'acme', 'left-behind');
  await mkdir(left);
  await utimes(left, 0, 0);
  const parts = await stager.stage(scope, request, signal);
  const { rowsIn, rowsGood, rowsQuarantined } = parts.staged;
  assert.deepEqual([rowsIn, rowsGood, rowsQuarantined], [3, 2, 1]);
  assert.deepEqual(await contentOf(parts.good), [
    { id: '1', v: 'a', _row: '0' },
    { id: '1', v: 'c', _row: '2' },
  ]);
  assert.deepEqual(await contentOf(parts.quarantine), [
    {
      run_id: 'run',
      load_id: 'load',
      table_name: 't',
      part: 'page 1',
      row: '2',
      rules: ['not_be_null:id'],
      record: '{"id":null,"v":"b"}',
      quarantined_at: '2026-01-01 00:00:00+00',
    },
  ]);
  const unique: Rule = { rule: 'be_unique', column: 'id', severity: 'error' };
  const [measured] = await parts.measure([unique], signal);
  assert.deepEqual([measured?.rowsTested, measured?.rowsFailed], [2, 2]);
  await parts.close();
  assert.deepEqual(await readdir(join(dataDir, 'staging', 'acme')), []);
});

test('without rows there are no files; a failure and an abort leave none', async () => {
  const stager = createPartStager({ dataDir, clock: systemClock });
  const empty = { ...(await requestOf('')), parts: [] };
  const parts = await stager.stage(scope, empty, signal);
  assert.deepEqual([parts.good, parts.quarantine], [[], []]);
  await parts.close();
  const reason = new Error('enough');
  const request = await requestOf('{"a":1}\n');
  await assert.rejects(stager.stage(scope, request, AbortSignal.abort(reason)), reason);
  const broken = await requestOf('{"a":\n');
  await assert.rejects(stager.stage(scope, broken, signal), { code: 'file_unreadable' });
  assert.deepEqual(await readdir(dirname(join(dataDir, 'staging', 'acme', 'x'))), []);
});
