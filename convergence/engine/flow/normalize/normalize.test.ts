import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Column, ColumnType } from './column.ts';
import { safeNames } from './column-name.ts';
import { planTable } from './plan-table.ts';
import type { TableNeeds } from './plan-table.ts';
import { parseTypeName, typeName } from './type-name.ts';
import { sameType, widenType } from './widen-type.ts';

const scalars = fc.constantFrom<ColumnType>(
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
);
const decimals = fc
  .tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38))
  .map(([precision, scale]): ColumnType => {
    return { kind: 'decimal', precision, scale: Math.min(precision, scale) };
  });

const { type: types } = fc.letrec<{ type: ColumnType; array: ColumnType; struct: ColumnType }>(
  (tie) => ({
    type: fc.oneof({ maxDepth: 3 }, scalars, decimals, tie('array'), tie('struct')),
    array: tie('type').map((element) => ({ kind: 'array', element })),
    struct: fc
      .dictionary(fc.constantFrom('x', 'y', 'z'), tie('type'), { minKeys: 1 })
      .map((fields) => ({
        kind: 'struct',
        fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
      })),
  }),
);

/** The same type with the fields of all structs in the order of their names. */
function ordered(type: ColumnType): ColumnType {
  if (type.kind === 'array') return { kind: 'array', element: ordered(type.element) };
  if (type.kind !== 'struct') return type;
  const fields = type.fields.map((field) => ({ ...field, type: ordered(field.type) }));
  return { kind: 'struct', fields: fields.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

test('widening is commutative, associative and idempotent', () => {
  fc.assert(
    fc.property(types, types, types, (a, b, c) => {
      assert.deepEqual(ordered(widenType(a, b)), ordered(widenType(b, a)));
      const left = widenType(widenType(a, b), c);
      assert.deepEqual(ordered(left), ordered(widenType(a, widenType(b, c))));
      assert.ok(sameType(widenType(a, a), a));
      assert.ok(sameType(widenType(widenType(a, b), b), widenType(a, b)));
    }),
    { numRuns: 2000 },
  );
});

test('types widen along their ladder', () => {
  const widened = (a: string, b: string) => typeName(widenType(parseTypeName(a), parseTypeName(b)));
  assert.equal(widened('bigint', 'double'), 'double');
  assert.equal(widened('bigint', 'decimal(10,2)'), 'decimal(21,2)');
  assert.equal(widened('decimal(38,0)', 'decimal(38,10)'), 'double');
  assert.equal(widened('date', 'timestamptz'), 'timestamptz');
  assert.equal(widened('boolean', 'bigint'), 'text');
  assert.equal(widened('bigint[]', 'double[]'), 'double[]');
  assert.equal(widened('bigint[]', 'bigint'), 'json');
});

test('the name of a type reads back as the type', () => {
  const flat = fc.oneof(scalars, decimals);
  fc.assert(
    fc.property(
      fc.oneof(
        flat,
        flat.map((element): ColumnType => ({ kind: 'array', element })),
      ),
      (type) => {
        assert.deepEqual(parseTypeName(typeName(type)), type);
      },
    ),
  );
  for (const text of [
    '',
    'number',
    'decimal(39)',
    'decimal(3,4)',
    'constructor',
    'struct(a text)',
  ]) {
    assert.throws(() => parseTypeName(text), { code: 'type_conflict' });
  }
});

test('names become lower snake_case', () => {
  const names = [
    'IMDB Rating',
    'userID',
    'HTTPStatus',
    '2nd',
    '',
    '__x__',
    'größe',
    '日付',
    'a.b-c',
  ];
  const expected = [
    'imdb_rating',
    'user_id',
    'http_status',
    '_2nd',
    'column',
    '_x',
    'größe',
    '日付',
    'a_b_c',
  ];
  assert.deepEqual(safeNames(names), expected);
  assert.deepEqual(safeNames(['_load_id', '_loaded_at']), ['_load_id_2', '_loaded_at_2']);
});

test('names are safe, different, the same again, and do not depend on their order', () => {
  const name = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constantFrom('a', 'A', 'a_2', 'A_2', '_load_id'),
  );
  fc.assert(
    fc.property(fc.uniqueArray(name), (names) => {
      const safe = safeNames(names);
      assert.equal(new Set(safe).size, names.length);
      for (const one of safe) {
        assert.match(one, /^[\p{L}\p{M}_][\p{L}\p{N}\p{M}_]*$/u);
        assert.doesNotMatch(one, /__/);
      }
      const byName = new Map(names.map((from, index) => [from, safe[index]]));
      const reversed = names.toReversed();
      assert.deepEqual(
        safeNames(reversed),
        reversed.map((from) => byName.get(from)),
      );
    }),
    { numRuns: 500 },
  );
});

const column = (name: string, type: string): Column => ({ name, type: parseTypeName(type) });

function plan(needs: Partial<TableNeeds>) {
  const contract = { tables: 'evolve', columns: 'evolve', data_type: 'evolve' } as const;
  return planTable({
    table: 'items',
    current: null,
    declared: null,
    incoming: [],
    contract,
    processing: [],
    ...needs,
  });
}

test('columns of the table keep their place, new ones follow, missing ones stay', () => {
  const planned = plan({
    current: [column('b', 'bigint'), column('gone', 'text')],
    incoming: [column('New', 'date'), column('B', 'double')],
  });
  assert.deepEqual(
    planned.columns.map(({ name, type, source }) => [name, typeName(type), source]),
    [
      ['b', 'double', 'B'],
      ['gone', 'text', null],
      ['new', 'date', 'New'],
    ],
  );
  assert.deepEqual(planned.changes, [
    { change: 'change_type', column: column('b', 'double') },
    { change: 'add_column', column: column('new', 'date') },
  ]);
});

test('a second load of the same columns changes nothing', () => {
  const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), types, { minKeys: 1 });
  fc.assert(
    fc.property(fields, fields, (first, second) => {
      const columnsOf = (fields: Record<string, ColumnType>) =>
        Object.entries(fields).map(([name, type]) => ({ name, type }));
      const made = plan({ incoming: columnsOf(first) });
      assert.deepEqual(made.changes, [{ change: 'create' }]);
      const grown = plan({ current: made.columns, incoming: columnsOf(second) });
      const again = plan({ current: grown.columns, incoming: columnsOf(second) });
      assert.deepEqual(again.changes, []);
    }),
  );
});

test('a frozen contract names what does not fit', () => {
  const contract = { tables: 'freeze', columns: 'freeze', data_type: 'freeze' } as const;
  const current = [column('a', 'bigint')];
  const frozen = { code: 'schema_frozen' };
  assert.throws(() => plan({ contract }), frozen);
  assert.throws(() => plan({ contract, current, incoming: [column('b', 'text')] }), frozen);
  assert.throws(() => plan({ contract, current, incoming: [column('a', 'text')] }), frozen);
  assert.deepEqual(plan({ contract, current, incoming: [column('a', 'bigint')] }).changes, []);
});

test('a declared type holds whatever arrives, and a table that differs is a conflict', () => {
  const declared = {
    table: 'items',
    columns: [{ name: 'zip', type: 'text', nullable: false }],
  };
  const planned = plan({ declared, incoming: [column('zip', 'bigint'), column('x', 'date')] });
  assert.deepEqual(planned.columns, [
    { ...column('zip', 'text'), nullable: false, source: 'zip', onMismatch: 'fail' },
    { ...column('x', 'date'), source: 'x', onMismatch: 'fail' },
  ]);
  const wider = plan({ declared, current: [column('zip', 'bigint')] });
  assert.deepEqual(wider.changes, [{ change: 'change_type', column: column('zip', 'text') }]);
  const narrower = { table: 'items', columns: [{ name: 'zip', type: 'bigint', nullable: true }] };
  assert.throws(() => plan({ declared: narrower, current: [column('zip', 'text')] }), {
    code: 'type_conflict',
  });
});

test('discarding refuses rows or leaves columns out', () => {
  const current = [column('a', 'bigint')];
  const incoming = [column('a', 'text'), column('b', 'text')];
  const rows = { tables: 'evolve', columns: 'discard_row', data_type: 'discard_row' } as const;
  const refused = plan({ contract: rows, current, incoming });
  assert.deepEqual([refused.columns[0]?.onMismatch, refused.forbidden], ['quarantine', ['b']]);
  const values = {
    tables: 'evolve',
    columns: 'discard_value',
    data_type: 'discard_value',
  } as const;
  const left = plan({ contract: values, current, incoming });
  assert.deepEqual(
    [left.columns.length, left.columns[0]?.onMismatch, left.forbidden],
    [1, 'null', []],
  );
});

test('a map makes a text column where there is none, and columns have a limit', () => {
  const processing = [{ map: { shout: 'upper(a)' } }];
  const planned = plan({ incoming: [column('a', 'text')], processing });
  assert.deepEqual(
    planned.columns.map(({ name }) => name),
    ['a', 'shout'],
  );
  const wide = Array.from({ length: 1001 }, (_, index) => column(`c${index}`, 'text'));
  assert.throws(() => plan({ incoming: wide }), { code: 'columns_too_many' });
  const struct = { name: 's', type: { kind: 'struct', fields: wide } } as const;
  assert.throws(() => plan({ incoming: [struct] }), { code: 'columns_too_many' });
});
