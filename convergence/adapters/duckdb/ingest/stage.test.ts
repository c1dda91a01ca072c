import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { systemClock } from 'base/clock.ts';
import { planTable } from '../../../engine/flow/normalize/plan-table.ts';
import { typeName } from '../../../engine/flow/normalize/type-name.ts';
import type { Part } from '../../../engine/flow/part.ts';
import type { TableSpec } from '../../../engine/pipeline/spec/table-spec.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import type { Dataset, Warehouse } from '../../../engine/flow/warehouse.ts';
import type { Rule } from '../../../engine/pipeline/spec/check-spec.ts';
import { createDuckdbWarehouse } from '../warehouse.ts';

let dataDir = '';
let warehouse: Warehouse;
let count = 0;
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stage-'));
  warehouse = createDuckdbWarehouse({ dataDir, clock: systemClock });
  await mkdir(join(dataDir, 'parts', 'acme'), { recursive: true });
});
after(async () => {
  await warehouse.close();
  await rm(dataDir, { recursive: true });
});

async function partOf(content: string | Buffer, part: Partial<Part> = {}): Promise<Part> {
  const path = join(dataDir, 'parts', 'acme', `${count++}`);
  await writeFile(path, content);
  const label = `file ${count}`;
  const sizeBytes = Buffer.byteLength(content);
  return { path, label, format: 'ndjson', compression: 'none', sizeBytes, ...part };
}

interface Setup {
  readonly declared?: TableSpec['columns'];
  readonly processing?: Parameters<typeof planTable>[0]['processing'];
  readonly rules?: readonly Rule[];
}

/** Stages parts; gives the types by column, and the rows as JSON. */
async function staged(
  parts: readonly Part[],
  { declared, processing = [], rules = [] }: Setup = {},
) {
  const loadedAt = new Date('2026-01-01T00:00:00Z');
  const contract = { tables: 'evolve', columns: 'evolve', data_type: 'evolve' } as const;
  const spec = declared ? { table: 't', columns: declared } : null;
  const needs = { table: 't', current: null, declared: spec, contract, processing };
  const signal = new AbortController().signal;
  return warehouse.withDataset(tenantScope('acme'), async (dataset) => {
    const { plan, ...report } = await dataset.stage(
      {
        staging: 'staging',
        table: 't',
        parts,
        plan: (incoming) => planTable({ ...needs, incoming }),
        rules,
        loadId: 'l',
        runId: 'r',
        loadedAt,
      },
      signal,
    );
    const types = Object.fromEntries(plan.columns.map(({ name, type }) => [name, typeName(type)]));
    return { types, rows: await rowsOf(dataset), report };
  });
}

async function rowsOf(dataset: Dataset): Promise<unknown[]> {
  const sql =
    'SELECT to_json(COLUMNS(*)) FROM (SELECT * EXCLUDE (_load_id, _loaded_at) FROM staging)';
  const limits = { maxRows: 100, timeoutMs: 10_000 };
  const described = await dataset.describeTable('staging');
  if (described?.length === 0) return [];
  return [...(await dataset.query(sql, limits, new AbortController().signal)).rows];
}

/** More rows than a sample has. */
const MANY = 30_000;
const many = (line: (row: number) => string) =>
  Array.from({ length: MANY }, (_, row) => line(row)).join('\n');

const INFERRED: Record<
  string,
  { part: () => Promise<Part>; types: Record<string, string>; rows: unknown[] }
> = {
  'numbers beside strings are text': {
    part: () => partOf('{"a":1}\n{"a":"x"}\n{"a":true}\n'),
    types: { a: 'text' },
    rows: [['1'], ['x'], ['true']],
  },
  'objects beside scalars stay JSON': {
    part: () => partOf('{"a":1}\n{"a":{"b":2}}\n{"a":[3]}\n'),
    types: { a: 'json' },
    rows: [[1], [{ b: 2 }], [[3]]],
  },
  'integers beyond 64 bits keep their digits': {
    part: () => partOf('{"a":99999999999999999999999,"b":12345678901234567890}\n{"a":1,"b":1.5}\n'),
    types: { a: 'decimal(38,0)', b: 'text' },
    rows: [
      ['99999999999999999999999', '12345678901234567890'],
      [1, '1.5'],
    ],
  },
  'keys that differ in case, empty keys and reserved ones': {
    part: () => partOf('{"Id":1,"id":2,"":3,"_load_id":4,"größe in cm":5}\n'),
    types: {
      id: 'bigint',
      id_1: 'bigint',
      c2: 'bigint',
      _load_id_2: 'bigint',
      größe_in_cm: 'bigint',
    },
    rows: [[1, 2, 3, 4, 5]],
  },
  'offsets of times are counted in, whether the sample or all rows tell the types': {
    part: () =>
      partOf(
        '{"t":"2026-01-31T12:00:00+02:00","s":{"t":"2026-01-31T12:00:00+02:00"}}\n{"n":[]}\n{"n":1}\n',
      ),
    types: { t: 'timestamp', s: 'struct(t timestamp)', n: 'json' },
    rows: [
      ['2026-01-31 10:00:00', { t: '2026-01-31 10:00:00' }, null],
      [null, null, []],
      [null, null, 1],
    ],
  },
  'empty lists, empty objects and nulls': {
    part: () => partOf('{"a":[],"b":{},"c":null,"d":1}\n'),
    types: { a: 'json[]', b: 'json', d: 'bigint' },
    rows: [[[], {}, 1]],
  },
  'objects whose keys are data': {
    part: () =>
      partOf(
        Array.from({ length: 300 }, (_, i) => `{"m":{"u${i}":1}}`)
          .slice(0, 300)
          .join('\n'),
      ),
    types: { m: 'json' },
    rows: [],
  },
  'a byte order mark and Windows line ends': {
    part: () => partOf('\uFEFF{"a":1}\r\n{"a":2}\r\n'),
    types: { a: 'bigint' },
    rows: [[1], [2]],
  },
  'records inside a document': {
    part: () =>
      partOf('{"data":{"items":[{"a":1},{"a":2}]}}', { format: 'json', selector: '$.data.items' }),
    types: { a: 'bigint' },
    rows: [[1], [2]],
  },
  'an empty list inside a document': {
    part: () => partOf('{"items":[]}', { format: 'json', selector: '$.items[*]' }),
    types: {},
    rows: [],
  },
  'an empty list': { part: () => partOf('[]', { format: 'json' }), types: {}, rows: [] },
  'an empty file': { part: () => partOf(''), types: {}, rows: [] },
  'compressed JSON': {
    part: () => partOf(gzipSync('{"a":"2026-01-01T00:00:00Z"}\n'), { compression: 'gzip' }),
    types: { a: 'timestamp' },
    rows: [['2026-01-01 00:00:00']],
  },
  'CSV with another delimiter, quotes and comments that are none': {
    part: () => partOf('id;text\r\n1;"a;""b"""\r\n2;#c\r\n', { format: 'csv' }),
    types: { id: 'bigint', text: 'text' },
    rows: [
      [1, 'a;"b"'],
      [2, '#c'],
    ],
  },
};

for (const [title, { part, types, rows }] of Object.entries(INFERRED)) {
  test(`infers ${title}`, async () => {
    const result = await staged([await part()]);
    assert.deepEqual(result.types, types);
    if (rows.length > 0) assert.deepEqual(result.rows, rows);
  });
}

test('what no sample shows is typed by all rows', async () => {
  const csv = `${many((row) => `${row},2026-01-01,1.5`)}\n007,soon,12345678901234567890\n`;
  const result = await staged([await partOf(`zip,day,n\n${csv}`, { format: 'csv' })]);
  assert.deepEqual(result.types, { zip: 'text', day: 'text', n: 'text' });
  const json = `${many((row) => `{"a":${row},"b":null,"c":{"x":1}}`)}\n{"a":1,"b":5,"c":{"x":1,"y":2},"d":[1]}\n`;
  const nested = await staged([await partOf(json)]);
  assert.deepEqual(nested.types, {
    a: 'bigint',
    b: 'bigint',
    c: 'struct(x bigint, y bigint)',
    d: 'bigint[]',
  });
});

test('parts of several formats make one table', async () => {
  const parts = [
    await partOf('{"a":1,"b":{"x":1}}\n'),
    await partOf('a,c\n1.5,z\n', { format: 'csv' }),
    await partOf('a;c\n2;y\n', { format: 'csv' }),
  ];
  const { types, rows } = await staged(parts);
  assert.deepEqual(types, { a: 'double', b: 'struct(x bigint)', c: 'text' });
  assert.deepEqual(rows, [
    [1, { x: 1 }, null],
    [1.5, null, 'z'],
    [2, null, 'y'],
  ]);
});

test('declared types hold, and keep what a number would lose', async () => {
  const declared = [
    { name: 'zip', type: 'text', nullable: true },
    { name: 'price', type: 'decimal(30,20)', nullable: true },
    { name: 'more', type: 'double', nullable: true },
  ];
  const part = await partOf('zip,price\n01067,0.12345678901234567891\n', { format: 'csv' });
  const { types, rows } = await staged([part], { declared });
  assert.deepEqual(types, { zip: 'text', price: 'decimal(30,20)', more: 'double' });
  assert.equal((rows[0] as unknown[])[0], '01067');
  const bad = await partOf('{"more":"much"}\n');
  await assert.rejects(staged([bad], { declared }), {
    code: 'type_conflict',
    message: /'much'|"much"/,
  });
});

test('filters and maps are applied in their order, and row numbers stay those of the part', async () => {
  const lines = ['{"n":"x"}', '{"n":"1"}', '{"n":"5"}', '{"n":null}'];
  const { rows, report } = await staged([await partOf(lines.join('\n'))], {
    processing: [{ filter: "n <> 'x' OR n IS NULL" }, { map: { n: 'CAST(n AS INTEGER) + 1' } }],
    rules: [{ rule: 'not_be_null', column: 'n', severity: 'error' }],
  });
  assert.deepEqual(rows, [['2'], ['6']]);
  assert.deepEqual([report.rowsIn, report.rowsGood, report.rowsQuarantined], [4, 2, 1]);
  const [group] = await warehouse.withDataset(tenantScope('acme'), (dataset) =>
    dataset.quarantineSummary('r'),
  );
  assert.deepEqual(
    group?.examples.map(({ row }) => row),
    [4],
  );
  const forbidden = { processing: [{ filter: "n IN (SELECT 'x')" }] };
  await assert.rejects(staged([await partOf(lines.join('\n'))], forbidden), {
    code: 'sql_forbidden',
  });
});

const UNREADABLE: Record<string, { part: () => Promise<Part>; message: RegExp }> = {
  'a row with too many fields': {
    part: () => partOf('a,b\n1,2\n1,2,3\n', { format: 'csv', label: 'in/x.csv' }),
    message:
      /in\/x\.csv cannot be read as csv: CSV Error on Line: 3.*Expected Number of Columns: 2 Found: 3/,
  },
  'a row with too many fields behind the sample': {
    part: () => partOf(`a,b\n${many(() => '1,2')}\n3\n`, { format: 'csv', label: 'in/x.csv' }),
    message: /in\/x\.csv cannot be read as csv: CSV Error on Line: 30002/,
  },
  'HTML in place of JSON': {
    part: () => partOf('<html>\n', { label: 'page 1' }),
    message: /page 1 cannot be read as ndjson: Malformed JSON/,
  },
  'a record that breaks off': {
    part: () => partOf('{"a":1}\n{"a":', { label: 'page 1' }),
    message: /page 1 cannot be read as ndjson: Malformed JSON.*line 3/,
  },
  'the same key twice': {
    part: () => partOf('{"a":1}\n{"a":1,"a":2}\n', { label: 'page 1' }),
    message: /page 1 .* in line 2: .* has duplicate key "a"/,
  },
  'scalars in place of records': {
    part: () => partOf('{"a":1}\n"x"\n', { label: 'page 1' }),
    message: /page 1 holds "x" where a record is expected/,
  },
  'gzip that breaks off': {
    part: () =>
      partOf(gzipSync(many((row) => `{"a":${row}}`)).subarray(0, 20_000), {
        compression: 'gzip',
        label: 'x.gz',
      }),
    message: /^x\.gz is no whole gzip file$/,
  },
  'gzip whose rows seem to end': {
    part: () =>
      partOf(gzipSync('a\n1\n2\n').subarray(0, -8), {
        format: 'csv',
        compression: 'gzip',
        label: 'x.gz',
      }),
    message: /^x\.gz is no whole gzip file$/,
  },
  'zstd that breaks off': {
    part: () =>
      partOf(zstdCompressSync(many((row) => `{"a":${row}}`)).subarray(0, -5), {
        compression: 'zstd',
        label: 'x.zst',
      }),
    message: /^x\.zst (?:is no whole zstd file|cannot be read)/,
  },
  'no Parquet': {
    part: () => partOf('a,b\n1,2\n1,2\n', { format: 'parquet', label: 'x.parquet' }),
    message: /x\.parquet cannot be read as parquet/,
  },
};

for (const [title, { part, message }] of Object.entries(UNREADABLE)) {
  test(`reports ${title} with its place, and no path of the server`, async () => {
    await assert.rejects(staged([await part()]), (error: Error & { code: string }) => {
      assert.equal(error.code, 'file_unreadable', String(error.cause));
      assert.match(error.message, message);
      assert.ok(!error.message.includes(dataDir), error.message);
      return true;
    });
  });
}

test('a record of 5,000 columns is refused', async () => {
  const record = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, 1]));
  await assert.rejects(staged([await partOf(JSON.stringify(record))]), {
    code: 'columns_too_many',
  });
});
