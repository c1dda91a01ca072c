import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { GoogleSql } from 'googlesql/googlesql.ts';
import type { Column } from '../../../../engine/flow/normalize/column.ts';
import { ruleSpec } from '../../../../engine/pipeline/spec/check-spec.ts';
import { describeQuery } from '../../../duckdb/column-type.ts';
import { measureRules as measureInDuckdb } from '../../../duckdb/query/measure-rules.ts';
import { evaluatedRows } from './evaluated-rows.fake.ts';
import { measureRules } from './measure-rules.ts';

const now = new Date('2026-03-02T00:00:00Z');
const COLUMNS =
  'id title rating score minutes released loaded_at made at_ tags extra seen price code';

const DUCKDB_ROWS = `FROM (VALUES
  (1, 'Alien', 'R', 8.5::DOUBLE, 117::BIGINT, DATE '1979-05-25', TIMESTAMPTZ '2026-03-01 23:59:00.25+00', TIMESTAMP '2026-01-02 03:04:05.5', TIME '12:30:00', ['a'], '"x"'::JSON, true, 1.50::DECIMAL(9,2), 'ab'::BLOB),
  (2, 'Brazil', 'R', 7.9, 132, DATE '1985-02-20', TIMESTAMPTZ '2026-03-01 12:00:00+00', TIMESTAMP '2026-01-02 00:00:00', TIME '00:00:00', ['a', 'b'], '12'::JSON, false, 2.25, 'ab'::BLOB),
  (3, 'C''est é', 'PG', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (3, 'dune"\\', 'odd', 11, -5, DATE '2999-01-01', TIMESTAMPTZ '2020-01-01 00:00:00+00', TIMESTAMP '2020-01-01 00:00:00', TIME '23:59:59.5', [], '{"a":1}', true, 99, 'c'::BLOB)
) v(${COLUMNS.replaceAll(' ', ', ')})`;

const [first, ...others] = [
  `1, 'Alien', 'R', 8.5, 117, DATE '1979-05-25', TIMESTAMP '2026-03-01 23:59:00.25+00', DATETIME '2026-01-02 03:04:05.5', TIME '12:30:00', ['a'], JSON '"x"', true, NUMERIC '1.50', b'ab'`,
  `2, 'Brazil', 'R', 7.9, 132, DATE '1985-02-20', TIMESTAMP '2026-03-01 12:00:00+00', DATETIME '2026-01-02 00:00:00', TIME '00:00:00', ['a', 'b'], JSON '12', false, NUMERIC '2.25', b'ab'`,
  `3, "C'est é", 'PG', NULL, NULL, NULL, NULL, NULL, NULL, [], NULL, NULL, NULL, NULL`,
  `3, 'dune"\\\\', 'odd', 11, -5, DATE '2999-01-01', TIMESTAMP '2020-01-01 00:00:00+00', DATETIME '2020-01-01 00:00:00', TIME '23:59:59.5', [], JSON '{"a":1}', true, NUMERIC '99', b'c'`,
];
const named = COLUMNS.split(' ');
const values = first.split(/, (?![^[]*\])/).map((value, index) => `${value} AS ${named[index]}`);
const GOOGLE_ROWS = `movies AS (SELECT ${values.join(', ')}${others.map((row) => ` UNION ALL SELECT ${row}`).join('')}),
nothing AS (SELECT * FROM movies LIMIT 0)`;

const RULES: object[] = [
  { rule: 'not_be_null', column: 'score' },
  { rule: 'not_be_null', column: 'SCORE', row_condition: "rating = 'R' -- only these" },
  { rule: 'be_in_set', column: 'rating', value_set: ['R', 'PG', null] },
  { rule: 'be_in_set', column: 'rating', value_set: [] },
  { rule: 'be_in_set', column: 'title', value_set: ["C'est é", 'dune"\\', 'Alien'] },
  { rule: 'be_in_set', column: 'price', value_set: [1.5, '2.250', 3] },
  { rule: 'be_in_set', column: 'score', value_set: [8.5, 7.9] },
  { rule: 'be_in_set', column: 'minutes', value_set: [117, '132', '12345678901234567890', 0.5] },
  { rule: 'be_in_set', column: 'seen', value_set: [true] },
  { rule: 'be_in_set', column: 'released', value_set: ['1979-05-25', '1985-02-20'] },
  { rule: 'be_in_set', column: 'at_', value_set: ['12:30', '00:00:00'] },
  { rule: 'be_in_set', column: 'extra', value_set: ['x', 12] },
  { rule: 'be_between', column: 'score', min_value: 0, max_value: 10 },
  { rule: 'be_between', column: 'score', min_value: 7.9, strict_min: true },
  { rule: 'be_between', column: 'price', max_value: '2.25', strict_max: true },
  { rule: 'be_between', column: 'minutes', min_value: 0.5, max_value: 1e3 },
  { rule: 'be_between', column: 'title', min_value: 'B', max_value: 'D' },
  { rule: 'be_between', column: 'released', max_value: '2026-12-31' },
  { rule: 'be_between', column: 'made', min_value: '2026-01-02 00:00' },
  { rule: 'be_between', column: 'made', min_value: '2026-01-03' },
  { rule: 'be_between', column: 'loaded_at', min_value: '2026-03-02T05:28+0530' },
  { rule: 'be_between', column: 'loaded_at', min_value: '2026-03-01' },
  { rule: 'match_regex', column: 'title', regex: "^[A-Z][a-z']+ ?é?$" },
  { rule: 'match_regex', column: 'minutes', regex: '^\\d+$' },
  { rule: 'match_regex', column: 'score', regex: '^\\d\\.\\d$' },
  { rule: 'match_regex', column: 'price', regex: '^\\d\\.\\d\\d$' },
  { rule: 'match_regex', column: 'loaded_at', regex: '^2026-.* 12:00:00\\+00$' },
  { rule: 'match_regex', column: 'made', regex: '^x$' },
  { rule: 'match_regex', column: 'at_', regex: '^x$' },
  { rule: 'value_lengths_between', column: 'title', min_value: 6, max_value: 6 },
  { rule: 'be_unique', column: 'id' },
  { rule: 'be_unique', column: 'seen', row_condition: 'id < 3' },
  { rule: 'be_unique', column: 'extra' },
  { rule: 'table_row_count_between', min_value: 1 },
  { rule: 'column_to_exist', column: 'TITLE' },
  { rule: 'column_to_exist', column: 'absent' },
  { rule: 'mean_between', column: 'minutes', min_value: 1 },
  { rule: 'mean_between', column: 'price', min_value: 1 },
  { rule: 'freshness', column: 'loaded_at', max_age: '1h' },
  { rule: 'freshness', column: 'made', max_age: '1h' },
  { rule: 'freshness', column: 'released', max_age: '1h' },
  {
    rule: 'unexpected_rows_query',
    query: 'SELECT id, title FROM {batch} WHERE id = 3 -- odd ones\n ;',
  },
  { rule: 'not_be_null', column: 'titel' },
  { rule: 'mean_between', column: 'title' },
  { rule: 'be_in_set', column: 'minutes', value_set: [1, '1) OR (1=1'] },
];

describe('rules on BigQuery', () => {
  let googleSql: GoogleSql;
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;
  let columns: readonly Column[];
  before(async () => {
    const started = await GoogleSql.start();
    assert.ok(started, 'npm ci installs @fivetrandevelopers/zetasql');
    googleSql = started;
    instance = await DuckDBInstance.create(':memory:');
    connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run(`CREATE TABLE movies AS SELECT * ${DUCKDB_ROWS}`);
    await connection.run('CREATE TABLE nothing AS FROM movies LIMIT 0');
    columns = await describeQuery(connection, 'FROM movies');
  });
  after(async () => {
    connection.disconnectSync();
    instance.closeSync();
    await googleSql.close();
  });

  async function measureBoth(rules: readonly object[], table = 'movies') {
    const parsed = rules.map((rule) => ruleSpec.parse(rule));
    const input = { table, columns, rules: parsed, now };
    const inBigQuery = await measureRules(evaluatedRows(googleSql, GOOGLE_ROWS), input);
    return { inBigQuery, inDuckdb: await measureInDuckdb(connection, input) };
  }

  test('are measured as DuckDB measures them', async () => {
    const { inBigQuery, inDuckdb } = await measureBoth(RULES);
    assert.deepEqual(inBigQuery, inDuckdb);
  });

  test('are measured as DuckDB measures them on an empty table', async () => {
    const { inBigQuery, inDuckdb } = await measureBoth(RULES, 'nothing');
    assert.deepEqual(inBigQuery, inDuckdb);
  });

  test('a list that is NULL in DuckDB has no items in BigQuery', async () => {
    const { inBigQuery, inDuckdb } = await measureBoth([
      { rule: 'value_lengths_between', column: 'tags', min_value: 1 },
      { rule: 'be_unique', column: 'tags' },
      { rule: 'not_be_null', column: 'tags' },
    ]);
    const counts = (measured: typeof inBigQuery) =>
      measured.map(({ rowsTested, rowsFailed, samples }) => [rowsTested, rowsFailed, samples]);
    assert.deepEqual(counts(inBigQuery), [
      [4, 2, ['[]']],
      [4, 2, ['[]']],
      [4, 0, []],
    ]);
    assert.deepEqual(counts(inDuckdb), [
      [3, 1, ['[]']],
      [3, 0, []],
      [4, 1, []],
    ]);
  });

  test('a rule that cannot be measured says why, and the others are measured', async () => {
    const problems: [object, string][] = [
      [
        { rule: 'match_regex', column: 'title', regex: '(' },
        'Cannot parse regular expression: missing ): (',
      ],
      [
        { rule: 'not_be_null', column: 'title', row_condition: 'ratng = 1' },
        'Unrecognized name: ratng; Did you mean rating?',
      ],
      [
        { rule: 'not_be_null', column: 'title', row_condition: '(SELECT true)' },
        "'(SELECT true)' contains a subquery",
      ],
      [
        { rule: 'be_unique', column: 'title', row_condition: 'CAST(rating AS INT64) > 1' },
        'Bad int64 value: R',
      ],
      [{ rule: 'unexpected_rows_query', query: 'SELECT x FROM {batch}' }, 'Unrecognized name: x'],
      [
        { rule: 'unexpected_rows_query', query: 'SELECT * FROM other.movies' },
        'line 1, column 15: other.movies is outside the dataset of the tenant\n  SELECT * FROM other.movies\n                ^',
      ],
    ];
    const { inBigQuery } = await measureBoth([
      ...problems.map(([rule]) => rule),
      { rule: 'not_be_null', column: 'score' },
    ]);
    assert.deepEqual(
      inBigQuery.map(({ problem, rowsFailed }) => problem ?? rowsFailed),
      [...problems.map(([, problem]) => problem), 1],
    );
  });
});
