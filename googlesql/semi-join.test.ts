import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GoogleSql } from './googlesql.ts';

test('a DELETE of what another table has comes apart, and nothing else does', async (context) => {
  const googleSql = await GoogleSql.start();
  assert.ok(googleSql, 'npm ci installs @fivetrandevelopers/zetasql');
  context.after(() => googleSql.close());
  const exists = 'EXISTS (SELECT 1 FROM d.s AS s WHERE s.id = t.id)';
  const pieces = { target: 'd.t', alias: 't', source: 'd.s AS s', condition: 's.id = t.id' };
  const cases: readonly (readonly [string, object | null])[] = [
    [`DELETE FROM d.t AS t WHERE ${exists}`, { ...pieces, rest: [] }],
    [`DELETE d.t WHERE 'ä' > n AND ${exists}`, { ...pieces, alias: '', rest: ["'ä' > n"] }],
    [`DELETE FROM d.t AS t WHERE NOT ${exists}`, null],
    [`DELETE FROM d.t AS t WHERE ${exists} OR TRUE`, null],
    [`DELETE FROM d.t AS t WHERE ${exists} AND ${exists}`, null],
    ['DELETE FROM d.t AS t WHERE EXISTS (SELECT COUNT(*) FROM d.s AS s WHERE s.id = t.id)', null],
    ['DELETE FROM d.t AS t WHERE EXISTS (SELECT 1 FROM d.s AS s WHERE s.id = t.id LIMIT 1)', null],
    ['DELETE FROM d.t AS t WHERE t.id IN (SELECT id FROM d.s)', null],
    ['DELETE FROM d.t AS t WHERE TRUE', null],
  ];
  for (const [sql, expected] of cases)
    assert.deepEqual(await googleSql.semiJoin(sql), expected, sql);
});
