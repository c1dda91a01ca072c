import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleSpec } from '../../pipeline/spec/check-spec.ts';
import type { Measurement } from './measurement.ts';
import { judgeIngest, judgeTable } from './verdict.ts';

function measured(rule: object, counted: Partial<Measurement> = {}): Measurement {
  const none = { rowsTested: 0, rowsFailed: 0, observed: null, samples: [] };
  return { rule: ruleSpec.parse(rule), ...none, ...counted };
}
const notNull = { rule: 'not_be_null', column: 'title' };
const bad = { rowsTested: 100, rowsFailed: 7, observed: 7, samples: ['x'] };

test('bad rows in quarantine do not stop a load, and their rule has not passed', () => {
  assert.deepEqual(judgeIngest('movies', [measured(notNull, bad)]), {
    verdicts: [
      {
        ruleId: 'not_be_null:title',
        rule: 'not_be_null',
        severity: 'error',
        passed: false,
        observed: 7,
        rowsTested: 100,
        rowsFailed: 7,
        samples: ['x'],
        problem: null,
      },
    ],
    failure: null,
  });
});

test('a mostly that is missed stops the load, one that is met exactly does not', () => {
  const at = (mostly: number) => judgeIngest('movies', [measured({ ...notNull, mostly }, bad)]);
  assert.equal(at(0.93).failure, null);
  assert.equal(at(0.93).verdicts[0]?.passed, true);
  assert.equal(at(0.94).failure?.code, 'too_many_bad_rows');
  assert.equal(
    at(0.94).failure?.message,
    'table movies: not_be_null:title failed on 7 of 100 rows, expected a share of at least 0.94 to pass',
  );
});

test('a dataset rule stops the load before the publish, unless it only warns', () => {
  const rule = { rule: 'mean_between', column: 'x', min_value: 1, max_value: 2 };
  const off = { rowsTested: 3, observed: 2.5 };
  const stopped = judgeIngest('t', [measured(rule, off)]).failure;
  assert.equal(stopped?.code, 'audit_failed');
  assert.equal(stopped?.message, 'table t: mean_between:x is 2.5, expected 1 to 2');
  assert.deepEqual(stopped?.details, { table: 't', rules: ['mean_between:x'] });
  assert.equal(judgeIngest('t', [measured({ ...rule, severity: 'warn' }, off)]).failure, null);
});

test('a row rule that cannot be measured stops the load: its rows were not looked at', () => {
  const failure = judgeIngest('t', [measured(notNull, { problem: 'no such column' })]).failure;
  assert.equal(failure?.code, 'audit_failed');
  assert.equal(failure?.message, 'table t: not_be_null:title cannot be tested: no such column');
});

test('on a published table any broken rule with severity error fails', () => {
  const rules = [
    measured({ ...notNull, severity: 'warn' }, bad),
    measured({ rule: 'be_unique', column: 'id', mostly: 0.9 }, bad),
    measured({ rule: 'match_regex', column: 'code', regex: 'a' }, bad),
  ];
  const { verdicts, failure } = judgeTable('t', rules);
  assert.deepEqual(
    verdicts.map(({ passed }) => passed),
    [false, true, false],
  );
  assert.equal(failure?.code, 'dq_failed');
  assert.equal(failure?.message, 'table t: match_regex:code failed on 7 of 100 rows');
});

for (const [name, rule, counted, passed] of [
  ['no rows at all', notNull, {}, true],
  [
    'a count at its lower bound',
    { rule: 'table_row_count_between', min_value: 3 },
    { observed: 3 },
    true,
  ],
  ['a count above', { rule: 'table_row_count_between', max_value: 3 }, { observed: 4 }, false],
  ['a mean without values', { rule: 'mean_between', column: 'x', min_value: 0 }, {}, false],
  [
    'an age at the limit',
    { rule: 'freshness', column: 'at', max_age: '1h' },
    { observed: 3600 },
    true,
  ],
  [
    'an age beyond it',
    { rule: 'freshness', column: 'at', max_age: '1h' },
    { observed: 3600.1 },
    false,
  ],
  ['no newest value', { rule: 'freshness', column: 'at', max_age: '1h' }, {}, false],
  ['a column that exists', { rule: 'column_to_exist', column: 'x' }, { observed: 'BIGINT' }, true],
  ['a column that does not', { rule: 'column_to_exist', column: 'x' }, {}, false],
  [
    'a query without bad rows',
    { rule: 'unexpected_rows_query', query: 'select 1' },
    { observed: 0 },
    true,
  ],
  [
    'a query with some',
    { rule: 'unexpected_rows_query', query: 'select 1' },
    { observed: 2 },
    false,
  ],
] as const) {
  test(`${name} ${passed ? 'passes' : 'fails'}`, () => {
    const { verdicts } = judgeTable('t', [measured(rule, counted)]);
    assert.equal(verdicts[0]?.passed, passed);
  });
}

test('many broken rules are named, and told in a message that stays short', () => {
  const rules = 'abcdefg'.split('').map((column) => measured({ rule: 'column_to_exist', column }));
  const failure = judgeTable('t', rules).failure;
  assert.match(failure?.message ?? '', /column 'e'; and 2 more rules$/);
  assert.deepEqual(
    failure?.details['rules'],
    'abcdefg'.split('').map((column) => `column_to_exist:${column}`),
  );
});
