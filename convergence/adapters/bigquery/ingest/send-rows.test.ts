import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { TableSpec } from '../../../engine/pipeline/spec/table-spec.ts';
import { dropTable } from '../dataset/table.ts';
import { tenantDataset } from '../dataset/tenant-dataset.ts';
import { openLoadingRig } from './loading-rig.fake.ts';
import type { LoadingRig } from './loading-rig.fake.ts';

let rig: LoadingRig;
before(async () => {
  rig = await openLoadingRig({ bucket: false, writer: true });
});
after(() => rig?.close());
/** Every test has table `t` for itself. */
beforeEach(() => dropTable(tenantDataset(rig.scope, rig.options), 't'));

const columns = (types: Record<string, string>): TableSpec['columns'] =>
  Object.entries(types).map(([name, type]) => ({ name, type, nullable: true }));
const countLoads = async () => {
  const { client } = rig.options;
  const query = { projection: 'full', maxResults: 1000 };
  const { jobs = [] } = await client.call<{ jobs?: { configuration: { load?: object } }[] }>({
    method: 'GET',
    path: '/jobs',
    query,
  });
  return jobs.filter(({ configuration }) => configuration.load).length;
};

const TYPES = {
  id: 'bigint',
  d: 'decimal(38,2)',
  day: 'date',
  at: 'time',
  made: 'timestamp',
  seen: 'timestamptz',
  doc: 'json',
  grid: 'bigint[][]',
};
const RECORD = {
  id: '9007199254740993',
  d: '123456789012345678901234567890123456.78',
  day: '0001-01-01',
  at: '23:59:59.999999',
  made: '2026-01-31T12:00:00.123456',
  seen: '1969-12-31T23:59:59.999999Z',
  doc: { b: [1, 'ä'], a: null },
  grid: [[1], [2, 3]],
  lines: [{ when: '2026-01-31T01:00:00', tags: [['a'], ['b']], none: null }],
  flag: true,
};

test('few rows arrive as they were, without a load job', async () => {
  const declared: TableSpec = { table: 't', columns: columns(TYPES) };
  const rows = `${JSON.stringify(RECORD)}\n{"id":2}\n`;
  const receipt = await rig.load({ id: 'types', rows, declared });
  assert.equal(receipt.rowsLoaded, 2);
  assert.equal(await countLoads(), 0);
  const [row, empty] =
    await rig.rows(`SELECT id, CAST(d AS STRING) AS d, CAST(day AS STRING) AS day,
    CAST(\`at\` AS STRING) AS \`at\`, CAST(made AS STRING) AS made,
    FORMAT_TIMESTAMP('%FT%H:%M:%E6SZ', seen) AS seen, TO_JSON_STRING(doc) AS doc,
    TO_JSON_STRING(grid) AS grid, TO_JSON_STRING(lines) AS lines, flag FROM t ORDER BY id DESC`);
  assert.deepEqual(row, {
    ...RECORD,
    made: '2026-01-31 12:00:00.123456',
    doc: '{"a":null,"b":[1,"ä"]}',
    grid: '[[1],[2,3]]',
    lines: '[{"when":"2026-01-31T01:00:00","tags":[["a"],["b"]],"none":null}]',
    flag: 'true',
  });
  assert.deepEqual([empty?.id, empty?.d, empty?.flag], ['2', null, null]);
});

test('a name that no proto can have, bytes, and many rows go as files', async () => {
  const declared: TableSpec = { table: 't', columns: columns({ raw: 'binary' }) };
  await rig.load({ id: 'name', rows: '{"größe":1}\n' });
  await dropTable(tenantDataset(rig.scope, rig.options), 't');
  await rig.load({ id: 'bytes', rows: '{"raw":"QUI="}\n', declared });
  await dropTable(tenantDataset(rig.scope, rig.options), 't');
  const many = Array.from({ length: 501 }, (_, n) => `{"n":${n}}`).join('\n');
  await rig.load({ id: 'many', rows: many });
  assert.equal(await countLoads(), 3);
  assert.deepEqual(await rig.rows('SELECT count(*) AS n, max(n) AS most FROM t'), [
    { n: '501', most: '500' },
  ]);
});

test('rows are there once, whatever is refused on the way', async () => {
  const refuse = (method: string, code: string) =>
    rig.cloud.addFault({ kind: 'status', method, code, times: 1 });
  await refuse('CreateWriteStream', 'NOT_FOUND');
  await refuse('AppendRows', 'UNAVAILABLE');
  await refuse('FinalizeWriteStream', 'RESOURCE_EXHAUSTED');
  await refuse('BatchCommitWriteStreams', 'INTERNAL');
  const before = await countLoads();
  await rig.load({ id: 'once', rows: '{"n":1}\n{"n":2}\n' });
  assert.deepEqual(await rig.rows('SELECT n FROM t ORDER BY n'), [{ n: '1' }, { n: '2' }]);
  assert.equal(await countLoads(), before);
});

test('a refusal that stays is told, and nothing is published', async () => {
  await rig.cloud.addFault({
    kind: 'status',
    method: 'CreateWriteStream',
    code: 'PERMISSION_DENIED',
    times: 1,
  });
  await assert.rejects(rig.load({ id: 'denied', rows: '{"n":1}\n' }), { code: 'google_denied' });
  assert.equal((await rig.load({ id: 'denied', rows: '{"n":1}\n', fence: 2n })).rowsLoaded, 1);
});
