import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Field } from 'googlesql/field.ts';
import { GoogleSql } from 'googlesql/googlesql.ts';
import type { Column } from '../../../engine/flow/normalize/column.ts';
import type { PublishRequest } from '../../../engine/flow/warehouse.ts';
import { toField } from '../column-type.ts';
import { BOOKKEEPING } from '../dataset/bookkeeping.ts';
import { countKeysSql, publishScript } from './publish-sql.ts';
import { stagingFields } from './staging-table.ts';

let googleSql: GoogleSql;
before(async () => {
  const started = await GoogleSql.start();
  assert.ok(started, 'this needs @fivetrandevelopers/zetasql: npm ci installs it');
  googleSql = started;
});
after(() => googleSql?.close());

const COLUMNS: readonly Column[] = [
  { name: 'id', type: { kind: 'bigint' } },
  { name: 'größe', type: { kind: 'decimal', precision: 10, scale: 2 } },
  { name: 'made', type: { kind: 'timestamp' } },
  { name: 'at', type: { kind: 'time' } },
  { name: 'key', type: { kind: 'uuid' } },
  { name: 'doc', type: { kind: 'json' } },
  { name: 'tags', type: { kind: 'array', element: { kind: 'json' } } },
  {
    name: 'lines',
    type: {
      kind: 'array',
      element: {
        kind: 'struct',
        fields: [
          { name: 'when', type: { kind: 'timestamp' } },
          { name: 'docs', type: { kind: 'array', element: { kind: 'json' } } },
          { name: 'n', type: { kind: 'double' } },
        ],
      },
    },
  },
  { name: 'plain', type: { kind: 'struct', fields: [{ name: 'x', type: { kind: 'text' } }] } },
];

function requestOf(over: Partial<PublishRequest>): PublishRequest {
  return {
    staging: '_staging_r_1_items',
    table: 'items',
    plan: {
      columns: COLUMNS.map((column) => ({ ...column, source: column.name, onMismatch: 'fail' })),
      changes: [],
      forbidden: [],
      processing: [],
    },
    disposition: 'append',
    primaryKey: [],
    loadId: 'load',
    runId: 'run',
    fence: 2n,
    stateKey: 'items',
    state: {},
    stateVersion: 0,
    report: { rowsIn: 1, rowsGood: 1, rowsQuarantined: 0, measurements: [] },
    declared: null,
    loadedAt: new Date(0),
    ...over,
  };
}

async function analyze(sql: string, parameters: Readonly<Record<string, { type: string }>> = {}) {
  const at = { project: 'p', dataset: 'd' };
  const own = BOOKKEEPING.map(({ name, schema }) => ({
    ...at,
    table: name,
    fields: (schema as { fields: Field[] }).fields,
  }));
  const load = [
    toField('_load_id', { kind: 'text' }),
    toField('_loaded_at', { kind: 'timestamptz' }),
  ];
  const published = [...COLUMNS.map(({ name, type }) => toField(name, type)), ...load];
  const tables = [
    ...own,
    { ...at, table: 'items', fields: published as Field[] },
    { ...at, table: '_staging_r_1_items', fields: stagingFields(COLUMNS) as Field[] },
  ];
  const named = Object.entries(parameters).map(([name, { type }]) => ({ name, type }));
  const kinds: string[] = [];
  for (const statement of await googleSql.parse(sql)) {
    const { kind } = await googleSql.analyze(statement.sql, {
      ...at,
      tables,
      parameters: named,
    });
    kinds.push(kind);
  }
  return kinds;
}

const table = {};
const count = { rowsLoaded: 1, hasRepeatedKeys: false };

test('Google’s analyzer takes what publishes a load', async () => {
  const { sql, parameters } = publishScript({ request: requestOf({}), table, ...count });
  assert.deepEqual(await analyze(sql, parameters), [
    'begin',
    'update',
    'query',
    'delete',
    'insert',
    'insert',
    'insert',
    'commit',
  ]);
  const second = requestOf({ stateVersion: 3, disposition: 'replace' });
  const required = {
    timePartitioning: { type: 'DAY', field: 'made' },
    requirePartitionFilter: true,
  };
  const replace = publishScript({ request: second, table: required, ...count });
  assert.match(replace.sql, /DELETE FROM `items` WHERE \(`made` IS NOT NULL OR `made` IS NULL\);/);
  assert.deepEqual(await analyze(replace.sql, replace.parameters), [
    'begin',
    'update',
    'query',
    'delete',
    'update',
    'delete',
    'insert',
    'insert',
    'commit',
  ]);
});

test('a merge may have keys of any type', async () => {
  for (const { name } of COLUMNS) {
    const request = requestOf({ disposition: 'merge', primaryKey: ['id', name] });
    const { sql, parameters } = publishScript({ request, table, ...count, hasRepeatedKeys: true });
    assert.equal((await analyze(sql, parameters)).length, 9, name);
    assert.deepEqual(await analyze(countKeysSql(request)), ['query'], name);
  }
});
