import { DuckDBInstance } from '@duckdb/node-api';
import type { JobMetadata, TableMetadata } from '@google-cloud/bigquery';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BigQueryRig } from './bigquery-rig.fake.ts';

const schema = [
  { name: 'id', type: 'INT64', mode: 'REQUIRED' },
  { name: 'note', type: 'STRING' },
  { name: 'made', type: 'TIMESTAMP' },
  { name: 'tags', type: 'STRING', mode: 'REPEATED' },
];

/** Ten rows of `schema` in a Parquet file. */
async function writeParquet(path: string): Promise<void> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await connection.run(`COPY (
    SELECT i AS id, 'n' || i AS note, ['a', 'b'] AS tags,
      TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_hours(i) AS made
    FROM range(10) AS r(i)) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}

describe('BigQuery', () => {
  let rig: BigQueryRig;
  before(async () => {
    rig = await BigQueryRig.start();
    const [dataset] = await rig.bigQuery.createDataset('shop', { location: 'EU' });
    const layout: TableMetadata = {
      schema,
      timePartitioning: { type: 'DAY', field: 'made' },
      clustering: { fields: ['id'] },
    };
    await dataset.createTable('items', layout);
    await writeParquet(join(rig.home, 'items.parquet'));
  });
  after(() => rig.end());

  const load = (options: object) =>
    rig.bigQuery
      .dataset('shop')
      .table('items')
      .load(join(rig.home, 'items.parquet'), {
        sourceFormat: 'PARQUET',
        location: 'EU',
        parquetOptions: { enableListInference: true },
        schema: { fields: schema },
        ...options,
      });
  const count = async () => (await rig.query('SELECT COUNT(*) AS n FROM shop.items'))[0];

  test('a table has the schema and the layout that it was made with', async () => {
    const [{ schema: kept, timePartitioning, clustering, numRows, type }] = (await rig.bigQuery
      .dataset('shop')
      .table('items')
      .getMetadata()) as [TableMetadata, unknown];
    assert.deepEqual(
      { kept, timePartitioning, clustering, numRows, type },
      {
        kept: {
          fields: [
            { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
            { name: 'note', type: 'STRING', mode: 'NULLABLE' },
            { name: 'made', type: 'TIMESTAMP', mode: 'NULLABLE' },
            { name: 'tags', type: 'STRING', mode: 'REPEATED' },
          ],
        },
        timePartitioning: { type: 'DAY', field: 'made' },
        clustering: { fields: ['id'] },
        numRows: '0',
        type: 'TABLE',
      },
    );
  });

  test('a Parquet file is loaded by names of columns, and the same job only once', async () => {
    const [job] = await load({ writeDisposition: 'WRITE_TRUNCATE', jobId: 'load-1' });
    assert.deepEqual(job.status, { state: 'DONE' });
    await assert.rejects(load({ jobId: 'load-1' }), /Already Exists: Job p:EU.load-1/);
    assert.deepEqual(await rig.query('SELECT * FROM shop.items WHERE id = 3'), [
      {
        id: 3,
        note: 'n3',
        made: rig.bigQuery.timestamp('2024-01-01T03:00:00.000Z'),
        tags: ['a', 'b'],
      },
    ]);
  });

  test('a script commits all or nothing', async () => {
    await load({ writeDisposition: 'WRITE_TRUNCATE' });
    const script = (fence: string) => `BEGIN TRANSACTION;
      DELETE FROM shop.items WHERE id < 5;
      INSERT INTO shop.items (id, note) SELECT id + 100, note FROM shop.items;
      ${fence}
      COMMIT TRANSACTION;`;
    const fences = [
      `SELECT IF(TRUE, ERROR('lease_lost'), 1);`,
      `ASSERT (SELECT COUNT(*) FROM shop.items) = 0 AS 'lease_lost';`,
    ];
    for (const fence of fences) {
      assert.equal(
        await rig.refusal(rig.query(script(fence))),
        'invalidQuery: Query error: lease_lost at [4:7]',
      );
      assert.deepEqual(await count(), { n: 10 });
    }
    await rig.query(script('ASSERT (SELECT COUNT(*) FROM shop.items) = 10;'));
    assert.deepEqual(await rig.query('SELECT MIN(id) AS a, MAX(id) AS z FROM shop.items'), [
      { a: 5, z: 109 },
    ]);
  });

  test('what another table has is deleted, row for row', async () => {
    await load({ writeDisposition: 'WRITE_TRUNCATE' });
    await rig.query(`CREATE OR REPLACE TABLE shop.staged (id INT64, note STRING);
      INSERT INTO shop.staged VALUES (1, 'n1'), (1, 'n1'), (2, 'other'), (NULL, 'n3')`);
    const deletes = [
      'shop.items AS t WHERE EXISTS (SELECT 1 FROM shop.staged AS s WHERE s.id = t.id AND s.note = t.note)',
      'shop.items WHERE TRUE AND EXISTS (SELECT 1 FROM shop.staged AS s WHERE s.id = items.id)',
      'shop.items WHERE items.note = @note AND EXISTS (SELECT 1 FROM shop.staged AS s WHERE s.note = items.note)',
      'shop.items WHERE EXISTS (SELECT 1 FROM shop.staged AS s WHERE note = "n1")',
    ];
    const removed: unknown[] = [];
    for (const one of deletes) {
      const [job] = await rig.bigQuery.createQueryJob({
        query: `DELETE FROM ${one}`,
        ...(one.includes('@note') ? { params: { note: 'n3' } } : {}),
      });
      await job.getQueryResults();
      const [{ statistics }] = (await job.getMetadata()) as [JobMetadata, unknown];
      removed.push(statistics?.query?.numDmlAffectedRows);
    }
    // The last one names a column of the inner table without saying so.
    assert.deepEqual(removed, ['1', '1', '1', '7']);
  });

  test('of two transactions that change the same rows one is aborted', async () => {
    await load({ writeDisposition: 'WRITE_TRUNCATE' });
    const script = `BEGIN TRANSACTION; UPDATE shop.items SET note = 'x' WHERE id = 1;
      SELECT COUNT(*) FROM shop.items; COMMIT TRANSACTION;`;
    const ended = await Promise.allSettled([rig.query(script), rig.query(script)]);
    const refused = ended.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    assert.deepEqual(
      refused.map((text) => text.replace(/^.*: T/, 'T')),
      ['Transaction is aborted due to concurrent update against table p:shop.items. at [1:20]'],
    );
  });

  test('statements define and change tables', async () => {
    await load({ writeDisposition: 'WRITE_TRUNCATE' });
    await rig.query(`CREATE OR REPLACE TABLE shop.some
      PARTITION BY DATE(made) CLUSTER BY note OPTIONS (description = "some")
      AS SELECT id, note, made FROM shop.items WHERE id < 2`);
    await rig.query(
      'ALTER TABLE shop.some ADD COLUMN more NUMERIC, ALTER COLUMN id SET DATA TYPE NUMERIC',
    );
    await rig.query(`UPDATE shop.some SET more = 1.5 WHERE id = 1`);
    await rig.query('CREATE VIEW shop.seen AS SELECT id, more FROM shop.some');
    assert.deepEqual(
      (await rig.query('SELECT id, more FROM shop.seen ORDER BY id')).map((row) =>
        JSON.stringify(row),
      ),
      ['{"id":"0","more":null}', '{"id":"1","more":"1.5"}'],
    );
    await rig.query('TRUNCATE TABLE shop.some');
    assert.deepEqual(await rig.query('SELECT * FROM shop.seen'), []);
    await rig.query('DROP VIEW shop.seen; DROP TABLE shop.some;');
    assert.equal(
      await rig.refusal(rig.query('SELECT * FROM shop.some')),
      'notFound: Not found: Table p:shop.some was not found in location EU',
    );
  });

  test('mistakes have their reason and their place', async () => {
    const refusals: Record<string, string> = {
      'SELECT\n  x FROM shop.items': 'invalidQuery: Unrecognized name: x at [2:3]',
      'SELECT 1 FROM nix.t': 'notFound: Not found: Dataset p:nix was not found in location US',
      'SELECT 1 FROM t':
        'invalid: Table "t" must be qualified with a dataset (e.g. dataset.table).',
      'SELECT 1 1':
        'invalidQuery: Syntax error: Expected end of input but got integer literal "1" at [1:10]',
      'INSERT INTO shop.items (note) VALUES (NULL)':
        'invalidQuery: Required field id cannot be null',
      'MERGE shop.items a USING shop.items b ON FALSE WHEN MATCHED THEN DELETE':
        'notImplemented: local-cloud does not run MERGE statements.',
    };
    for (const [sql, refusal] of Object.entries(refusals))
      assert.equal(await rig.refusal(rig.query(sql)), refusal);
  });

  test('a dry run tells what a query would read and give', async () => {
    const query = 'SELECT id, tags FROM `p.shop.items`';
    const [job] = await rig.bigQuery.createQueryJob({ query, dryRun: true });
    const metadata = job.metadata as JobMetadata;
    const { referencedTables, statementType, schema: given } = metadata.statistics?.query ?? {};
    assert.deepEqual(
      { referencedTables, statementType, given },
      {
        referencedTables: [{ projectId: 'p', datasetId: 'shop', tableId: 'items' }],
        statementType: 'SELECT',
        given: {
          fields: [
            { name: 'id', type: 'INTEGER', mode: 'NULLABLE' },
            { name: 'tags', type: 'STRING', mode: 'REPEATED' },
          ],
        },
      },
    );
    const limited = rig.bigQuery.query({ query, maximumBytesBilled: '1000' });
    assert.equal(
      await rig.refusal(limited),
      'bytesBilledLimitExceeded: Query exceeded limit for bytes billed: 1000. 10485760 or higher required.',
    );
  });

  test('parameters have types', async () => {
    const [row] = await rig.query('SELECT @list AS list, @text AS text, @day AS day', {
      list: [1, 2],
      text: 'it’s',
      day: rig.bigQuery.date('2024-02-29'),
    });
    assert.deepEqual(row, { list: [1, 2], text: 'it’s', day: rig.bigQuery.date('2024-02-29') });
  });
});
