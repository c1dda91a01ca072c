import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { GoogleSql } from './googlesql.ts';
import { GoogleSqlError } from './googlesql-error.ts';

const fields = [
  { name: 'id', type: 'INT64' },
  { name: 'made_at', type: 'TIMESTAMP' },
  { name: 'tags', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'x', type: 'NUMERIC' }] },
];
const context = {
  project: 'p',
  dataset: 'shop',
  tables: [
    { project: 'p', dataset: 'shop', table: 'items', fields },
    { project: 'p', dataset: 'other', table: 'notes', fields },
  ],
};

describe('GoogleSQL', () => {
  let googleSql: GoogleSql;
  before(async () => {
    const started = await GoogleSql.start();
    assert.ok(started, 'npm ci installs @fivetrandevelopers/zetasql');
    googleSql = started;
  });
  after(() => googleSql.close());

  const refusal = async (sql: string) => {
    const error = await googleSql.analyze(sql, context).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof GoogleSqlError);
    return [error.message, error.line, error.column];
  };

  test('a query is given the columns of its result', async () => {
    const { kind, columns } = await googleSql.analyze('SELECT id, tags FROM items', context);
    assert.equal(kind, 'query');
    assert.deepEqual(columns, [
      { name: 'id', type: 'INTEGER', mode: 'NULLABLE' },
      {
        name: 'tags',
        type: 'RECORD',
        mode: 'REPEATED',
        fields: [{ name: 'x', type: 'NUMERIC', mode: 'NULLABLE' }],
      },
    ]);
  });

  test('a path may be quoted as one, in pieces, or not at all', async () => {
    const paths = ['p.shop.items', '`p.shop.items`', '`p.shop`.items', 'p.`shop.items`', 'items'];
    for (const path of [...paths, '`p`.other.notes', '`other.notes`']) {
      assert.equal((await googleSql.analyze(`SELECT id FROM ${path}`, context)).kind, 'query');
    }
    assert.deepEqual(await refusal('SELECT 1 FROM notes'), [
      'Table not found: notes; Did you mean other.notes?',
      1,
      15,
    ]);
  });

  test('a mistake has its line and column', async () => {
    assert.deepEqual(await refusal('SELECT\n  idd FROM items'), [
      'Unrecognized name: idd; Did you mean id?',
      2,
      3,
    ]);
    assert.deepEqual(await refusal('SELECT "a" + 1'), [
      'Could not cast literal "a" to type DATE',
      1,
      8,
    ]);
  });

  test('parameters have types', async () => {
    const parameters = [{ name: 'since', type: 'TIMESTAMP' }];
    const sql = 'SELECT id FROM items WHERE made_at > @since';
    assert.equal((await googleSql.analyze(sql, { ...context, parameters })).kind, 'query');
    await assert.rejects(googleSql.analyze(sql, context), /Query parameter 'since' not found/);
  });

  test('what BigQuery has beyond the standard is known', async () => {
    const statements = [
      'SELECT id FROM items QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY made_at) = 1',
      'CREATE TABLE shop.t PARTITION BY DATE(made_at) CLUSTER BY id OPTIONS(description="d") AS SELECT id, made_at FROM items',
      `SELECT JSON_VALUE(JSON '{"a":1}', '$.a'), SAFE_CAST('x' AS BIGNUMERIC), APPROX_QUANTILES(id, 4) FROM items`,
      'ALTER TABLE shop.items ADD COLUMN more STRING',
      'SELECT CAST(id AS BIGINT) + CAST(1 AS INTEGER), CAST(id AS DECIMAL) FROM items',
      'MERGE items USING (SELECT 1 AS id) s ON s.id = items.id WHEN MATCHED THEN DELETE',
    ];
    const kinds = [];
    for (const sql of statements) kinds.push((await googleSql.analyze(sql, context)).kind);
    assert.deepEqual(kinds, [
      'query',
      'create_table_as_select',
      'query',
      'alter_table',
      'query',
      'merge',
    ]);
  });

  test('a script is taken apart, with the tables that each statement names', async () => {
    const script =
      "BEGIN TRANSACTION; DELETE FROM shop.a WHERE n = 'ä' AND id IN (SELECT id FROM `b.c`); COMMIT TRANSACTION";
    const statements = await googleSql.parse(script);
    assert.deepEqual(
      statements.map(({ kind, sql, paths }) => [
        kind,
        ...paths.map(({ names, start, end, isTarget }) => [names, sql.slice(start, end), isTarget]),
      ]),
      [
        ['begin'],
        ['delete', [['shop', 'a'], 'shop.a', true], [['b', 'c'], '`b.c`', false]],
        ['commit'],
      ],
    );
    assert.equal(script.slice(statements[2]?.start), 'COMMIT TRANSACTION');
  });

  test('its process ends with ours, also by kill -9', async () => {
    const program = `
      const { GoogleSql } = await import(${JSON.stringify(import.meta.resolve('./googlesql.ts'))});
      await GoogleSql.start();
      console.log('started');
      setInterval(() => {}, 1000);`;
    const ours = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(ours.stdout, 'data');
    const [shell = ''] = childrenOf(ours.pid);
    const processes = [shell, ...childrenOf(Number(shell))];
    assert.ok(processes.length >= 2, 'a shell with the server below it');
    ours.kill('SIGKILL');
    const deadline = Date.now() + 10_000;
    while (processes.some(isThere)) {
      assert.ok(Date.now() < deadline, `still there: ${processes.join(', ')}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});

function childrenOf(pid: number | undefined): string[] {
  return execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

function isThere(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}
