import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from 'base/error.ts';
import { formatBytes, formatElapsed } from './amount.ts';
import { renderError } from './error-lines.ts';
import { renderLogLine } from './log-line.ts';
import { renderProblem } from './problem-lines.ts';
import { createStyle } from './style.ts';
import { renderTable } from './table.ts';
import { cut, padTo, widthOf } from './text-width.ts';
import { renderRows } from './values.ts';

const style = createStyle(false);

test('sizes and times in few characters', () => {
  assert.deepEqual(
    [0, 999, 1000, 1234, 9_949, 9_951, 118_000_000, 999_600, 5e12].map(formatBytes),
    ['0 B', '999 B', '1.0 kB', '1.2 kB', '9.9 kB', '10 kB', '118 MB', '1.0 MB', '5.0 TB'],
  );
  assert.deepEqual([0, 449, 99_900, 99_960, 245_000, 7_380_000].map(formatElapsed), [
    '0.0 s',
    '0.4 s',
    '99.9 s',
    '1 m 39 s',
    '4 m 05 s',
    '2 h 03 m',
  ]);
});

test('width counts columns, not characters', () => {
  assert.deepEqual(
    ['é', '日本', '\u001B[31mred\u001B[39m', '✔', '👍'].map(widthOf),
    [1, 4, 3, 1, 2],
  );
  assert.equal(cut('日本語', 5), '日本…');
  assert.equal(padTo('日本', 6, 'right'), '  日本');
});

describe('tables', () => {
  const columns = [
    { title: 'name' },
    { title: 'id', isWhole: true },
    { title: 'rows', side: 'right' as const },
  ];
  const rows = [
    ['a name that is much too long', '0123456789', '12'],
    ['b\nc', 'x', '1,234'],
  ];

  test('the widest column gives way, a whole one never', () => {
    assert.deepEqual(renderTable(columns, rows, { width: 30, style }), [
      'name         id           rows',
      'a name tha…  0123456789     12',
      'b c          x           1,234',
    ]);
  });

  test('nothing is cut where there is no terminal', () => {
    const [, first] = renderTable(columns, rows, { width: Infinity, style });
    assert.equal(first, 'a name that is much too long  0123456789     12');
  });

  test('more columns than fit are told one below the other', () => {
    const many = ['one', 'two', 'three'].map((name) => ({ name, type: 'VARCHAR' }));
    assert.deepEqual(renderRows(many, [[1, null, { a: 'x' }]], { width: 20, style }), [
      'row 1',
      '  one    1',
      '  two    ∅',
      '  three  {"a":"x"}',
    ]);
  });
});

describe('a problem of a file', () => {
  const problem = { file: 'a.yml', line: 2, column: 9, path: 'type', message: "'type' is 'x'" };

  test('shows its line and its place on a terminal', () => {
    assert.deepEqual(renderProblem(problem, 'a: 1\n  type: x\n', { width: 80, style }), [
      "a.yml:2:9: 'type' is 'x'",
      '   2 |   type: x',
      '               ^',
    ]);
  });

  test('far to the right shows what surrounds it', () => {
    const text = `\n${'k'.repeat(200)}X${'z'.repeat(200)}`;
    const [, excerpt = '', caret = ''] = renderProblem({ ...problem, column: 201 }, text, {
      width: 60,
      style,
    });
    assert.equal(excerpt[caret.indexOf('^')], 'X');
    assert.equal(widthOf(excerpt), 60);
  });

  test('is one line without a terminal, or without its file', () => {
    const alone = ["a.yml:2:9: 'type' is 'x'"];
    assert.deepEqual(renderProblem(problem, 'a\nb', { width: Infinity, style }), alone);
    assert.deepEqual(renderProblem(problem, undefined, { width: 80, style }), alone);
  });
});

test('an error tells its code, problems, hint, and its causes when asked', () => {
  const cause = new Error('inner');
  cause.stack = 'Error: inner\n    at x';
  const problems = [{ file: 'a.yml', line: 1, column: 2, path: '', message: 'is wrong' }];
  const error = new AppError({
    code: 'config_invalid',
    kind: 'input',
    message: 'no',
    hint: 'mend it',
    details: { problems },
    cause,
  });
  const told = ['error: no [config_invalid]', '  a.yml:1:2: is wrong', 'hint: mend it'];
  assert.deepEqual(renderError(error, { style, showCauses: false }), told);
  assert.deepEqual(renderError(error, { style, showCauses: true }), [
    ...told,
    'cause: Error: inner\n    at x',
  ]);
});

test('a line of the log', () => {
  const event = {
    id: 1,
    at: '2026-03-01T12:00:01.000Z',
    step: 'feeds',
    level: 'warn' as const,
    kind: 'log' as const,
    message: 'page 3\nagain',
    detail: {},
  };
  assert.equal(renderLogLine(event, style), '12:00:01  feeds  page 3 again');
  const detail = { resource: 'movies', phase: 'extract', rows: 1200, bytes: 5_000 };
  assert.equal(
    renderLogLine({ ...event, kind: 'progress', detail }, style),
    '12:00:01  feeds  movies: extract, 1,200 rows, 5.0 kB',
  );
});
