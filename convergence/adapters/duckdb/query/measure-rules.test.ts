import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Column } from '../../../engine/flow/normalize/column.ts';
import { ruleSpec } from '../../../engine/pipeline/spec/check-spec.ts';
import { describeQuery } from '../column-type.ts';
import { measureRules } from './measure-rules.ts';

const now = new Date('2026-03-02T00:00:00Z');
let instance: DuckDBInstance;
let connection: DuckDBConnection;
const columnsOf: Record<string, readonly Column[]> = {};

before(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run("SET TimeZone = 'America/New_York'");
  await connection.run(`CREATE TABLE movies AS SELECT * FROM (VALUES
    (1, 'Alien',   'R',   8.5::DOUBLE, 117::BIGINT, DATE '1979-05-25', TIMESTAMPTZ '2026-03-01 23:59:00+00', ['a'],      '"x"'::JSON, true,  1.50::DECIMAL(9,2)),
    (2, 'Brazil',  'R',   7.9,         132,         DATE '1985-02-20', TIMESTAMPTZ '2026-03-01 12:00:00+00', ['a', 'b'], '12'::JSON,  false, 2.25),
    (3, 'C''est ', 'PG',  NULL,        NULL,        NULL,              NULL,                                  NULL,       NULL,        NULL,  NULL),
    (3, 'dune"',   'odd', 11,          -5,          DATE '2999-01-01', TIMESTAMPTZ '2020-01-01 00:00:00+00', [],         '{"a":1}',   true,  99)
    ) v(id, title, rating, score, minutes, released, "Loaded At", tags, extra, seen, price)`);
  await connection.run('CREATE TABLE nothing AS FROM movies LIMIT 0');
  for (const table of ['movies', 'nothing']) {
    columnsOf[table] = await describeQuery(connection, `FROM ${table}`);
  }
});
after(() => {
  connection.disconnectSync();
  instance.closeSync();
});

async function measure(rules: readonly object[], table = 'movies') {
  const parsed = rules.map((rule) => ruleSpec.parse(rule));
  const input = { table, columns: columnsOf[table] ?? [], rules: parsed, now };
  const measurements = await measureRules(connection, input);
  return measurements.map(({ rule, ...measured }) => {
    assert.ok(parsed.includes(rule));
    return measured;
  });
}

/** [rule, rows tested, rows failed, samples] */
const rowRules: [object, number, number, string[]][] = [
  [{ rule: 'not_be_null', column: 'score' }, 4, 1, []],
  [{ rule: 'not_be_null', column: 'score', row_condition: "rating = 'R'" }, 2, 0, []],
  [{ rule: 'be_in_set', column: 'rating', value_set: ['R', 'PG', null] }, 4, 1, ['odd']],
  [{ rule: 'be_in_set', column: 'rating', value_set: 'R PG G X Y Z'.split(' ') }, 4, 1, ['odd']],
  [{ rule: 'be_in_set', column: 'price', value_set: [1.5, 2.25, 3, 4, 5, 6] }, 3, 1, ['99.00']],
  [{ rule: 'be_in_set', column: 'rating', value_set: [] }, 4, 4, ['PG', 'R', 'odd']],
  [{ rule: 'be_in_set', column: 'minutes', value_set: [117, '132'] }, 3, 1, ['-5']],
  [{ rule: 'be_in_set', column: 'seen', value_set: [true] }, 3, 1, ['false']],
  [
    { rule: 'be_in_set', column: 'released', value_set: ['1979-05-25', '1985-02-20'] },
    3,
    1,
    ['2999-01-01'],
  ],
  [{ rule: 'be_in_set', column: 'extra', value_set: ['x', 12] }, 3, 1, ['{"a":1}']],
  [{ rule: 'be_between', column: 'score', min_value: 0, max_value: 10 }, 3, 1, ['11.0']],
  [{ rule: 'be_between', column: 'score', min_value: 7.9, strict_min: true }, 3, 1, ['7.9']],
  [
    { rule: 'be_between', column: 'price', max_value: '2.25', strict_max: true },
    3,
    2,
    ['2.25', '99.00'],
  ],
  [
    { rule: 'be_between', column: 'title', min_value: 'B', max_value: 'D' },
    4,
    2,
    ['Alien', 'dune"'],
  ],
  [{ rule: 'be_between', column: 'released', max_value: '2026-12-31' }, 3, 1, ['2999-01-01']],
  [
    { rule: 'be_between', column: 'LOADED AT', min_value: '2026-03-01T23:59:00Z' },
    3,
    2,
    ['2019-12-31 19:00:00-05', '2026-03-01 07:00:00-05'],
  ],
  [{ rule: 'match_regex', column: 'title', regex: "^[A-Z][a-z']+ ?$" }, 4, 1, ['dune"']],
  [{ rule: 'match_regex', column: 'minutes', regex: '^\\d+$' }, 3, 1, ['-5']],
  [
    { rule: 'value_lengths_between', column: 'title', min_value: 6, max_value: 6 },
    4,
    2,
    ['Alien', 'dune"'],
  ],
  [{ rule: 'value_lengths_between', column: 'tags', min_value: 1 }, 3, 1, ['[]']],
  [{ rule: 'be_unique', column: 'id' }, 4, 2, ['3']],
  [{ rule: 'be_unique', column: 'seen', row_condition: 'id < 3' }, 2, 0, []],
  [{ rule: 'be_unique', column: 'tags' }, 3, 0, []],
];

test('rows tested, rows failed and samples of row rules', async () => {
  assert.deepEqual(
    await measure(rowRules.map(([rule]) => rule)),
    rowRules.map(([, rowsTested, rowsFailed, samples]) => {
      return { rowsTested, rowsFailed, observed: rowsFailed, samples };
    }),
  );
});

const tableRules = [
  { rule: 'table_row_count_between', min_value: 1 },
  { rule: 'column_to_exist', column: 'TITLE' },
  { rule: 'column_to_exist', column: 'absent' },
  { rule: 'mean_between', column: 'minutes', min_value: 1 },
  { rule: 'mean_between', column: 'price', min_value: 1 },
  { rule: 'freshness', column: 'Loaded At', max_age: '1h' },
  { rule: 'freshness', column: 'released', max_age: '1h' },
  {
    rule: 'unexpected_rows_query',
    query: 'SELECT id, title FROM {batch} WHERE id = 3 -- odd ones\n ;',
  },
];

test('what is observed of a whole table', async () => {
  const seen = { rowsFailed: 0, samples: [] };
  assert.deepEqual(await measure(tableRules), [
    { ...seen, rowsTested: 4, observed: 4 },
    { ...seen, rowsTested: 4, observed: 'text' },
    { ...seen, rowsTested: 4, observed: null },
    { ...seen, rowsTested: 3, observed: (117 + 132 - 5) / 3 },
    { ...seen, rowsTested: 3, observed: 102.75 / 3 },
    { ...seen, rowsTested: 3, observed: 60 },
    { ...seen, rowsTested: 3, observed: (now.getTime() - Date.UTC(2999, 0, 1)) / 1000 },
    {
      rowsTested: 0,
      rowsFailed: 2,
      observed: 2,
      samples: ['{"id":3,"title":"C\'est "}', '{"id":3,"title":"dune\\""}'],
    },
  ]);
});

test('an empty table has nothing that fails, and no mean and no newest value', async () => {
  const rules = [...rowRules.map(([rule]) => rule), ...tableRules];
  const observed = [...rowRules.map(() => 0), 0, 'text', null, null, null, null, null, 0];
  assert.deepEqual(
    await measure(rules, 'nothing'),
    observed.map((observed) => ({ rowsTested: 0, rowsFailed: 0, observed, samples: [] })),
  );
});

const problems: [object, string][] = [
  [{ rule: 'not_be_null', column: 'titel' }, "there is no column 'titel'; did you mean 'title'?"],
  [
    { rule: 'mean_between', column: 'title' },
    "column 'title' is text, expected a number; declare its type in a schema",
  ],
  [
    { rule: 'freshness', column: 'title', max_age: '1h' },
    "column 'title' is text, expected a date or timestamp; declare its type in a schema",
  ],
  [
    { rule: 'be_between', column: 'title', min_value: 1 },
    "column 'title' is text, expected a number, as its bounds are; declare its type in a schema",
  ],
  [
    { rule: 'be_between', column: 'released', min_value: '2026-02-30' },
    "column 'released' is date, but a bound has '2026-02-30', expected a date as 2026-01-31",
  ],
  [
    { rule: 'be_in_set', column: 'minutes', value_set: [1, '1) OR (1=1'] },
    "column 'minutes' is bigint, but value_set has '1) OR (1=1', expected a number",
  ],
  [
    { rule: 'match_regex', column: 'title', regex: '(' },
    'the regex does not compile: missing ): (',
  ],
  [
    { rule: 'not_be_null', column: 'title', row_condition: 'ratng = 1' },
    'Referenced column "ratng" not found in FROM clause!\nCandidate bindings: "rating", "released"',
  ],
  [
    { rule: 'not_be_null', column: 'title', row_condition: '(SELECT true)' },
    "'(SELECT true)' contains a subquery",
  ],
  [
    { rule: 'not_be_null', column: 'title', row_condition: 'CAST(rating AS INT) > 1' },
    "Could not convert string 'R' to INT32 when casting from source column rating",
  ],
  [
    { rule: 'be_unique', column: 'title', row_condition: 'CAST(rating AS INT) > 1' },
    "Could not convert string 'R' to INT32 when casting from source column rating",
  ],
  [
    { rule: 'unexpected_rows_query', query: "SELECT * FROM read_text('/etc/passwd')" },
    "line 1, column 15: the table function read_text is not allowed\n  SELECT * FROM read_text('/etc/passwd')\n                ^",
  ],
  [
    { rule: 'unexpected_rows_query', query: 'SELECT x FROM {batch}' },
    'Referenced column "x" not found in FROM clause!\nCandidate bindings: "extra"',
  ],
];

test('a rule that cannot be measured says why, and the others are measured', async () => {
  const rules = [...problems.map(([rule]) => rule), { rule: 'not_be_null', column: 'score' }];
  const measured = await measure(rules);
  const none = { rowsTested: 0, rowsFailed: 0, observed: null, samples: [] };
  assert.deepEqual(measured, [
    ...problems.map(([, problem]) => ({ ...none, problem })),
    { rowsTested: 4, rowsFailed: 1, observed: 1, samples: [] },
  ]);
});
