import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column, ColumnType } from '../../engine/flow/normalize/column.ts';
import { columnOf, fromField, storableType, toField, toSqlType } from './column-type.ts';

const STORABLE: readonly ColumnType[] = [
  { kind: 'boolean' },
  { kind: 'bigint' },
  { kind: 'double' },
  { kind: 'text' },
  { kind: 'date' },
  { kind: 'time' },
  { kind: 'timestamp' },
  { kind: 'timestamptz' },
  { kind: 'uuid' },
  { kind: 'binary' },
  { kind: 'json' },
  { kind: 'decimal', precision: 18, scale: 3 },
  { kind: 'decimal', precision: 38, scale: 9 },
  { kind: 'decimal', precision: 38, scale: 0 },
  { kind: 'decimal', precision: 38, scale: 38 },
  { kind: 'array', element: { kind: 'uuid' } },
  {
    kind: 'array',
    element: {
      kind: 'struct',
      fields: [
        { name: 'x', type: { kind: 'double' } },
        { name: 'tags', type: { kind: 'array', element: { kind: 'json' } } },
      ],
    },
  },
];

test('every type that BigQuery can hold comes back as it was', () => {
  const columns = STORABLE.map((type, index): Column => ({ name: `c${index}`, type }));
  assert.deepEqual(
    columns.map(({ name, type }) => columnOf(toField(name, type))),
    columns,
  );
  assert.deepEqual(
    STORABLE.map((type) => storableType(type)),
    STORABLE,
  );
});

test('a decimal is a NUMERIC where that has room for its digits', () => {
  const typeOf = (precision: number, scale: number) =>
    toField('d', { kind: 'decimal', precision, scale }).type;
  assert.deepEqual(
    [typeOf(38, 9), typeOf(29, 0), typeOf(30, 0), typeOf(12, 10)],
    ['NUMERIC', 'NUMERIC', 'BIGNUMERIC', 'BIGNUMERIC'],
  );
});

test('what BigQuery cannot hold becomes json', () => {
  const json = { kind: 'json' };
  const text: ColumnType = { kind: 'text' };
  const struct = (...names: string[]): ColumnType => ({
    kind: 'struct',
    fields: names.map((name) => ({ name, type: text })),
  });
  const matrix: ColumnType = { kind: 'array', element: { kind: 'array', element: text } };
  assert.deepEqual(storableType(matrix), json);
  assert.deepEqual(storableType({ kind: 'array', element: struct('größe') }), {
    kind: 'array',
    element: json,
  });
  for (const names of [[], ['a b'], ['1st'], ['a', 'A'], ['_PARTITIONTIME'], ['']]) {
    assert.deepEqual(storableType(struct(...names)), json, names.join());
  }
  assert.deepEqual(
    storableType({ kind: 'struct', fields: [{ name: 'm', type: matrix }] }),
    { kind: 'struct', fields: [{ name: 'm', type: json }] },
    'and what is around it stays',
  );
  let deep: ColumnType = text;
  for (let depth = 1; depth <= 16; depth++) {
    deep = { kind: 'struct', fields: [{ name: 'in', type: deep }] };
  }
  const fits = (type: ColumnType): number =>
    type.kind === 'struct' && type.fields[0] ? 1 + fits(type.fields[0].type) : 0;
  assert.equal(fits(storableType(deep)), 15);
});

test('columns that others made are read too', () => {
  const typeOf = (type: string, more = {}) => fromField({ name: 'c', type, ...more });
  assert.deepEqual(typeOf('INT64'), { kind: 'bigint' });
  assert.deepEqual(typeOf('GEOGRAPHY'), { kind: 'text' });
  assert.deepEqual(typeOf('NUMERIC'), { kind: 'decimal', precision: 38, scale: 9 });
  assert.deepEqual(typeOf('STRING', { maxLength: '10' }), { kind: 'text' });
  assert.deepEqual(columnOf({ name: 'c', type: 'BOOL', mode: 'REQUIRED' }), {
    name: 'c',
    type: { kind: 'boolean' },
    nullable: false,
  });
});

test('types are written as GoogleSQL has them', () => {
  assert.deepEqual(
    STORABLE.slice(-2).map((type) => toSqlType(type)),
    ['ARRAY<STRING>', 'ARRAY<STRUCT<`x` FLOAT64, `tags` ARRAY<JSON>>>'],
  );
  const decimal: ColumnType = { kind: 'decimal', precision: 38, scale: 0 };
  assert.equal(toSqlType(decimal), 'BIGNUMERIC');
  assert.equal(toSqlType(decimal, { exact: true }), 'BIGNUMERIC(38, 0)');
});
