import type { JobMetadata } from '@google-cloud/bigquery';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BigQueryRig } from './bigquery-rig.fake.ts';

const schema = {
  fields: [
    { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
    { name: 'price', type: 'NUMERIC' },
    { name: 'made', type: 'TIMESTAMP' },
    { name: 'raw', type: 'BYTES' },
    { name: 'more', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'x', type: 'STRING' }] },
  ],
};
const lines = [
  '{"id": 1, "price": "9.99", "made": "2024-01-02T03:04:05.678901Z", "raw": "AQI=", "more": [{"x": "a"}]}',
  '{"ID": "2", "price": null, "made": 1704164645}',
];
const destinationTable = { projectId: 'p', datasetId: 'shop', tableId: 'items' };

describe('jobs of BigQuery', () => {
  let rig: BigQueryRig;
  before(async () => {
    rig = await BigQueryRig.start();
    await rig.bigQuery.createDataset('shop', { location: 'EU' });
    await rig.storage.createBucket('files');
    await put('items-1.json', `${lines[0]}\n`);
    await put('items-2.json', `${lines[1]}\n`);
  });
  after(() => rig.end());

  const put = (name: string, text: string) =>
    rig.storage.bucket('files').file(name).save(text, { resumable: false });
  const read = async (name: string) =>
    String((await rig.storage.bucket('files').file(name).download())[0]);
  /** What became of a job. */
  const run = async (configuration: JobMetadata['configuration'], jobId?: string) => {
    const [job] = await rig.bigQuery.createJob({ configuration, ...(jobId ? { jobId } : {}) });
    for (;;) {
      const [metadata] = (await job.getMetadata()) as [JobMetadata, unknown];
      if (metadata.status?.state === 'DONE') return metadata;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const load = (options: object) =>
    run({
      load: {
        destinationTable,
        schema,
        sourceUris: ['gs://files/items-*.json'],
        sourceFormat: 'NEWLINE_DELIMITED_JSON',
        writeDisposition: 'WRITE_TRUNCATE',
        ...options,
      },
    });
  const loadAgain = async () => assert.deepEqual((await load({})).status, { state: 'DONE' });

  test('NDJSON is loaded from objects that a wildcard names', async () => {
    const { status, statistics } = await load({});
    assert.deepEqual(status, { state: 'DONE' });
    assert.deepEqual(
      { ...statistics?.load, outputBytes: null },
      {
        inputFiles: '2',
        inputFileBytes: '150',
        outputRows: '2',
        outputBytes: null,
        badRecords: '0',
      },
    );
    const rows = await rig.query(
      'SELECT id, CAST(price AS STRING) AS price, CAST(made AS STRING) AS made, raw, more FROM shop.items ORDER BY id',
    );
    assert.deepEqual(rows, [
      {
        id: 1,
        price: '9.99',
        made: '2024-01-02 03:04:05.678901+00',
        raw: Buffer.from([1, 2]),
        more: [{ x: 'a' }],
      },
      { id: 2, price: null, made: '2024-01-02 03:04:05+00', raw: null, more: [] },
    ]);
  });

  test('rows that do not fit are told, and nothing is loaded', async () => {
    await put('bad.json', '{"id": "x"}\n{"id": 7, "strange": 1}\n{"price": 1}\n');
    const { status } = await load({ sourceUris: ['gs://files/bad.json'] });
    assert.deepEqual(
      status?.errors?.map(({ reason, message }) => `${reason}: ${message}`),
      [
        'invalid: Error while reading data, error message: too many errors, giving up. Rows: 3; errors: 3. Please look into the errors[] collection for more details.',
        'invalid: Error while reading data, error message: JSON parsing error in row starting at position 0: Cannot convert value to integer (bad value): x Field: id; File: gs://files/bad.json',
        'invalid: Error while reading data, error message: JSON parsing error in row starting at position 12: no such field: strange. Field: strange; File: gs://files/bad.json',
        'invalid: Error while reading data, error message: JSON parsing error in row starting at position 36: Missing required field: id. Field: id; File: gs://files/bad.json',
      ],
    );
    assert.equal(status?.errorResult?.reason, 'invalid');
    const taken = await load({
      sourceUris: ['gs://files/bad.json'],
      maxBadRecords: 2,
      ignoreUnknownValues: true,
    });
    assert.deepEqual(taken.status, { state: 'DONE' });
    assert.deepEqual(await rig.query('SELECT id FROM shop.items'), [{ id: 7 }]);
    const missing = await load({ sourceUris: ['gs://files/nix.json'] });
    assert.deepEqual(missing.status?.errorResult, {
      reason: 'notFound',
      message: 'Not found: URI gs://files/nix.json',
    });
  });

  test('CSV is loaded by place, and its columns are detected', async () => {
    await put('a.csv', 'id,day,note\n1,2024-01-02,"a, ""b""\nc"\n2,,\n');
    const { status } = await load({
      sourceUris: ['gs://files/a.csv'],
      sourceFormat: 'CSV',
      schema: undefined,
      autodetect: true,
    });
    assert.deepEqual(status, { state: 'DONE' });
    assert.deepEqual(await rig.query('SELECT * FROM shop.items'), [
      { id: 1, day: rig.bigQuery.date('2024-01-02'), note: 'a, "b"\nc' },
      { id: 2, day: null, note: '' },
    ]);
  });

  test('columns are added and relaxed only where the job says so', async () => {
    await loadAgain();
    const more = { sourceUris: ['gs://files/more.json'], writeDisposition: 'WRITE_APPEND' };
    await put('more.json', '{"id": 3, "note": "n"}\n');
    const wider = {
      fields: [
        { name: 'id', type: 'INTEGER', mode: 'NULLABLE' },
        { name: 'note', type: 'STRING' },
      ],
    };
    const { status } = await load({ ...more, schema: wider });
    assert.equal(
      status?.errorResult?.message,
      'Provided Schema does not match Table p:shop.items. Cannot add fields (field: note)',
    );
    const schemaUpdateOptions = ['ALLOW_FIELD_ADDITION', 'ALLOW_FIELD_RELAXATION'];
    assert.deepEqual((await load({ ...more, schema: wider, schemaUpdateOptions })).status, {
      state: 'DONE',
    });
    assert.deepEqual(await rig.query('SELECT id, note FROM shop.items ORDER BY id'), [
      { id: 1, note: null },
      { id: 2, note: null },
      { id: 3, note: 'n' },
    ]);
  });

  test('tables are copied, and what is there is not written over without being asked', async () => {
    await loadAgain();
    const copied = { ...destinationTable, tableId: 'copied' };
    const copy = { sourceTable: destinationTable, destinationTable: copied };
    assert.equal((await run({ copy })).status?.errorResult, undefined);
    assert.deepEqual((await run({ copy })).status?.errorResult, {
      reason: 'duplicate',
      message: 'Already Exists: Table p:shop.copied',
    });
    const again = { sourceTables: [destinationTable, copied], destinationTable: copied };
    await run({ copy: { ...again, writeDisposition: 'WRITE_TRUNCATE' } });
    assert.deepEqual(await rig.query('SELECT COUNT(*) AS n FROM shop.copied'), [{ n: 4 }]);
  });

  test('tables are extracted, and what was extracted is loaded again', async () => {
    await loadAgain();
    const extract = (destinationUri: string, destinationFormat: string) =>
      run({
        extract: {
          sourceTable: destinationTable,
          destinationUris: [destinationUri],
          destinationFormat,
        },
      });
    await extract('gs://files/out-*.json', 'NEWLINE_DELIMITED_JSON');
    assert.equal(
      await read('out-000000000000.json'),
      '{"id":"1","price":"9.99","made":"2024-01-02 03:04:05.678901 UTC","raw":"AQI=","more":[{"x":"a"}]}\n' +
        '{"id":"2","made":"2024-01-02 03:04:05 UTC","more":[]}\n',
    );
    const nested = await extract('gs://files/out.csv', 'CSV');
    assert.match(nested.status?.errorResult?.message ?? '', /nested schema. Field: more/);
    await extract('gs://files/out.parquet', 'PARQUET');
    const expected = await rig.query('SELECT * FROM shop.items ORDER BY id');
    const { status } = await load({
      sourceUris: ['gs://files/out.parquet'],
      sourceFormat: 'PARQUET',
      parquetOptions: { enableListInference: true },
    });
    assert.deepEqual(status, { state: 'DONE' });
    assert.deepEqual(await rig.query('SELECT * FROM shop.items ORDER BY id'), expected);
  });

  test('a query writes to its destination as it is asked to', async () => {
    await loadAgain();
    const target = { ...destinationTable, tableId: 'target' };
    const query = (options: object) =>
      run({
        query: {
          query: 'SELECT id FROM shop.items',
          useLegacySql: false,
          destinationTable: target,
          ...options,
        },
      });
    assert.equal((await query({})).status?.errorResult, undefined);
    assert.equal(
      (await query({})).status?.errorResult?.message,
      'Already Exists: Table p:shop.target',
    );
    await query({ writeDisposition: 'WRITE_APPEND' });
    assert.deepEqual(await rig.query('SELECT COUNT(*) AS n FROM shop.target'), [{ n: 4 }]);
    const { status } = await query({
      destinationTable: { ...target, tableId: 'nix' },
      createDisposition: 'CREATE_NEVER',
    });
    assert.equal(status?.errorResult?.message, 'Not found: Table p:shop.nix');
  });

  test('unknown fields are refused', async () => {
    const { status } = await fetch(`${rig.url}/bigquery/v2/projects/p/datasets`, {
      method: 'POST',
      body: '{"datasetReference": {"datasetId": "other"}, "lables": {}}',
    });
    assert.equal(status, 400);
  });

  test('faults meet methods by their names, and jobs by their kinds', async () => {
    rig.faults.add({
      kind: 'status',
      code: 'UNAVAILABLE',
      method: 'bigquery.tables.get',
      times: 1,
    });
    const get = () => rig.bigQuery.dataset('shop').table('items').getMetadata();
    assert.match(await rig.refusal(get()), /^backendError: The fault/);
    await get();
    rig.faults.add({
      kind: 'operation',
      effect: 'fail',
      service: 'load',
      delayMs: 0,
      code: 'UNAVAILABLE',
      message: 'no luck',
      times: 1,
    });
    assert.deepEqual((await load({})).status?.errorResult, {
      reason: 'backendError',
      message: 'no luck',
    });
    rig.faults.add({ kind: 'lost', method: 'bigquery.jobs.insert', times: 1 });
    const configuration = {
      load: {
        destinationTable,
        sourceUris: ['gs://files/items-*.json'],
        sourceFormat: 'NEWLINE_DELIMITED_JSON',
        writeDisposition: 'WRITE_TRUNCATE',
      },
    };
    await assert.rejects(run(configuration, 'lost-1'), /lost the answer of bigquery.jobs.insert/);
    await assert.rejects(run(configuration, 'lost-1'), /Already Exists: Job p:EU.lost-1/);
  });

  test('a job that is stuck is cancelled', async () => {
    const id = rig.faults.add({
      kind: 'operation',
      effect: 'stuck',
      service: 'query',
      delayMs: 0,
      code: 'INTERNAL',
    }).id;
    const [job] = await rig.bigQuery.createQueryJob({ query: 'SELECT 1' });
    await job.cancel();
    const [{ status }] = (await job.getMetadata()) as [JobMetadata, unknown];
    assert.deepEqual(status?.errorResult, {
      reason: 'stopped',
      message: 'Job execution was cancelled: User requested cancellation',
    });
    rig.faults.clear(id);
  });
});
