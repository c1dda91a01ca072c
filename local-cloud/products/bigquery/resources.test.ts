import type { JobMetadata, TableMetadata } from '@google-cloud/bigquery';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BigQueryRig } from './bigquery-rig.fake.ts';

const types = [
  'STRING',
  'INTEGER',
  'FLOAT',
  'BOOLEAN',
  'BYTES',
  'DATE',
  'TIME',
  'DATETIME',
  'TIMESTAMP',
  'NUMERIC',
  'BIGNUMERIC',
  'JSON',
];

describe('resources of BigQuery', () => {
  let rig: BigQueryRig;
  before(async () => {
    rig = await BigQueryRig.start();
    await rig.bigQuery.createDataset('shop', { location: 'EU' });
  });
  after(() => rig.end());

  type Body = Readonly<Record<string, unknown>>;
  /** The etag in the body is that of the writer's copy. */
  const call = async (method: string, path: string, body?: Body) => {
    const headers = typeof body?.['etag'] === 'string' ? { 'if-match': body['etag'] } : undefined;
    const init = {
      method,
      ...(headers ? { headers } : {}),
      ...(body ? { body: JSON.stringify(body) } : {}),
    };
    const answer = await fetch(`${rig.url}/bigquery/v2/projects/p${path}`, init);
    const text = await answer.text();
    return [answer.status, text === '' ? null : JSON.parse(text)] as [number, Answer | null];
  };
  interface Answer {
    readonly etag?: string;
    readonly labels?: object;
    readonly rows?: unknown;
    readonly pageToken?: string;
    readonly insertErrors?: unknown;
    readonly error?: { readonly message: string };
  }
  const message = async (answered: Promise<[number, Answer | null]>) => {
    const [status, answer] = await answered;
    return `${status} ${answer?.error?.message}`;
  };

  test('a dataset is patched only as it was read, and kept while it has tables', async () => {
    const [, before] = await call('GET', '/datasets/shop');
    const patch = (body: object, etag?: string) =>
      call('PATCH', '/datasets/shop', { ...body, etag });
    const [, labelled] = await patch({ labels: { a: 'b', c: 'd' } }, before?.etag);
    assert.deepEqual(labelled?.labels, { a: 'b', c: 'd' });
    assert.equal(
      await message(patch({ labels: {} }, before?.etag)),
      '412 Precondition check failed.',
    );
    assert.deepEqual((await patch({ labels: { a: null } }))[1]?.labels, { c: 'd' });
    assert.match(await message(patch({ labels: { A: '' } })), /^400 Label key 'A'/);
    await rig.bigQuery.createDataset('other');
    await rig.query('CREATE TABLE other.t (x INT64)');
    assert.equal(
      await message(call('DELETE', '/datasets/other')),
      '400 Dataset p:other is still in use',
    );
    assert.equal((await call('DELETE', '/datasets/other?deleteContents=true'))[0], 204);
    assert.equal(await message(call('GET', '/datasets/other')), '404 Not found: Dataset p:other');
  });

  test('columns are added and relaxed by a patch, and nothing else', async () => {
    await rig.query(`CREATE TABLE shop.a (id INT64 NOT NULL, r STRUCT<x STRING>);
      INSERT INTO shop.a VALUES (1, STRUCT('q'));`);
    const patch = (...fields: object[]) =>
      message(call('PATCH', '/datasets/shop/tables/a', { schema: { fields } }));
    const id = { name: 'id', type: 'INTEGER', mode: 'REQUIRED' };
    const r = (...names: string[]) => ({
      name: 'r',
      type: 'RECORD',
      fields: names.map((name) => ({ name, type: 'STRING' })),
    });
    const refused = '400 Provided Schema does not match Table p:shop.a. ';
    assert.equal(await patch(id), `${refused}Field r is missing in new schema`);
    assert.equal(
      await patch({ ...id, type: 'NUMERIC' }, r('x')),
      `${refused}Field id has changed type from INTEGER to NUMERIC`,
    );
    assert.equal(
      await patch(id, r('x'), { name: 'more', type: 'STRING', mode: 'REQUIRED' }),
      `${refused}Cannot add required fields to an existing schema. (field: more)`,
    );
    assert.equal(
      await patch({ ...id, mode: 'NULLABLE' }, r('x', 'y'), { name: 'more', type: 'STRING' }),
      '200 undefined',
    );
    await rig.query('INSERT INTO shop.a (more) VALUES ("n")');
    assert.deepEqual(await rig.query('SELECT * FROM shop.a ORDER BY id'), [
      { id: null, r: null, more: 'n' },
      { id: 1, r: { x: 'q', y: null }, more: null },
    ]);
  });

  test('layouts that BigQuery does not have are refused', async () => {
    const create = (layout: object) =>
      message(
        call('POST', '/datasets/shop/tables', {
          tableReference: { projectId: 'p', datasetId: 'shop', tableId: 'l' },
          schema: {
            fields: [
              { name: 'd', type: 'DATE' },
              { name: 'n', type: 'INTEGER' },
            ],
          },
          ...layout,
        }),
      );
    const refusals: readonly (readonly [object, RegExp])[] = [
      [
        { timePartitioning: { type: 'HOUR', field: 'd' } },
        /type HOUR is not supported on a field of type DATE/,
      ],
      [{ timePartitioning: { type: 'DAY', field: 'x' } }, /cannot be found in the schema: x/],
      [
        { timePartitioning: { type: 'DAY', field: 'n' } },
        /must be of type DATE, TIMESTAMP or DATETIME/,
      ],
      [{ clustering: { fields: ['x'] } }, /cannot be found in the schema: x/],
      [
        { rangePartitioning: { field: 'n', range: { start: '0', end: '1000000', interval: '1' } } },
        /more partitions than the limit/,
      ],
    ];
    for (const [layout, refusal] of refusals) assert.match(await create(layout), refusal);
    const timePartitioning = { type: 'DAY', field: 'd' };
    assert.equal(await create({ timePartitioning, requirePartitionFilter: true }), '200 undefined');
    assert.equal(
      await rig.refusal(rig.query('SELECT n FROM shop.l')),
      `invalidQuery: Cannot query over table 'p.shop.l' without a filter over column(s) 'd' that can be used for partition elimination`,
    );
    assert.deepEqual(await rig.query(`SELECT n FROM shop.l WHERE d > '2024-01-01'`), []);
  });

  test('rows are streamed once, and bad ones are told', async () => {
    await rig.query('CREATE TABLE shop.streamed (id INT64 NOT NULL, note STRING)');
    const insert = (rows: object[], options = {}) =>
      call('POST', '/datasets/shop/tables/streamed/insertAll', { rows, ...options });
    const good = { insertId: 'a', json: { id: 1, note: 'n' } };
    await insert([good]);
    await insert([good]);
    const bad = { json: { id: 'x' } };
    const [, refused] = await insert([{ json: { id: 2 } }, bad]);
    assert.deepEqual(refused?.insertErrors, [
      { index: 0, errors: [{ reason: 'stopped', location: '', debugInfo: '', message: '' }] },
      {
        index: 1,
        errors: [
          {
            reason: 'invalid',
            location: 'id',
            debugInfo: '',
            message: 'Cannot convert value to integer (bad value): x',
          },
        ],
      },
    ]);
    await insert([{ json: { id: 2 } }, bad], { skipInvalidRows: true });
    assert.deepEqual(await rig.query('SELECT id FROM shop.streamed ORDER BY id'), [
      { id: 1 },
      { id: 2 },
    ]);
    const list = (query: string) => call('GET', `/datasets/shop/tables/streamed/data?${query}`);
    const [, first] = await list('maxResults=1&selectedFields=note');
    assert.deepEqual([first?.rows, first?.pageToken], [[{ f: [{ v: 'n' }] }], '1']);
    assert.deepEqual((await list('pageToken=1'))[1]?.rows, [{ f: [{ v: '2' }, { v: null }] }]);
  });

  test('values of all types come back as they went in', async () => {
    const fields = types.map((type) => ({ name: type.toLowerCase(), type }));
    const schema = { fields: [...fields, { name: 'list', type: 'NUMERIC', mode: 'REPEATED' }] };
    const tableReference = { projectId: 'p', datasetId: 'shop', tableId: 'types' };
    await call('POST', '/datasets/shop/tables', { tableReference, schema });
    const row = {
      string: 'ä\u0000"',
      integer: '-9223372036854775808',
      float: '-0.1',
      boolean: 'false',
      bytes: '/wA=',
      date: '0001-01-01',
      time: '23:59:59.999999',
      datetime: '1969-12-31T23:59:59.999999',
      timestamp: '1969-12-31 23:59:59.999999 UTC',
      numeric: '-99999999999999999999999999999.999999999',
      bignumeric: '0.00000000000000000000000000000000000001',
      json: '{"a":[1,null,"x"]}',
      list: ['-0.000000001', '128'],
    };
    await call('POST', '/datasets/shop/tables/types/insertAll', { rows: [{ json: row }] });
    await rig.query('INSERT INTO shop.types SELECT * FROM shop.types');
    const path = '/datasets/shop/tables/types/data?formatOptions.useInt64Timestamp=true';
    const cells = Object.values({ ...row, timestamp: '-1' }).map((value) => ({
      v: Array.isArray(value) ? value.map((v) => ({ v })) : value,
    }));
    assert.deepEqual((await call('GET', path))[1]?.rows, [{ f: cells }, { f: cells }]);
  });

  test('a table is gone when its time is over', async () => {
    const options = { schema: [{ name: 'x', type: 'STRING' }], expirationTime: '1000' };
    await rig.bigQuery.dataset('shop').createTable('old', options);
    assert.equal(
      await message(call('GET', '/datasets/shop/tables/old')),
      '404 Not found: Table p:shop.old',
    );
  });

  test('each statement of a script has a job of its own', async () => {
    const [job] = await rig.bigQuery.createQueryJob({
      query:
        'CREATE TABLE shop.c (x INT64);\nINSERT INTO shop.c VALUES (1), (2);\nSELECT * FROM shop.c;',
    });
    assert.deepEqual((await job.getQueryResults())[0], [{ x: 1 }, { x: 2 }]);
    const [children] = await rig.bigQuery.getJobs({ parentJobId: job.id ?? '' });
    const told = children.map((child) => {
      const { statistics } = child.metadata as JobMetadata;
      return [statistics?.query?.statementType, statistics?.query?.numDmlAffectedRows];
    });
    assert.deepEqual(
      told.toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
      [
        ['CREATE_TABLE', undefined],
        ['INSERT', '2'],
        ['SELECT', undefined],
      ],
    );
  });

  test('what was answered is there after a restart', async () => {
    const other = await BigQueryRig.start();
    await other.bigQuery.createDataset('kept');
    await other.query('CREATE TABLE kept.t (x INT64); INSERT INTO kept.t VALUES (1);');
    const [job] = await other.bigQuery.createQueryJob({
      query: 'SELECT x FROM kept.t',
      jobId: 'q1',
    });
    await job.getQueryResults();
    await other.stop();
    const again = await BigQueryRig.start(other.home);
    assert.deepEqual(await again.query('SELECT * FROM kept.t'), [{ x: 1 }]);
    assert.deepEqual((await again.bigQuery.job('q1').getQueryResults())[0], [{ x: 1 }]);
    const [metadata] = (await again.bigQuery.dataset('kept').table('t').getMetadata()) as [
      TableMetadata,
      unknown,
    ];
    assert.equal(metadata.numRows, '1');
    await again.end();
  });
});
