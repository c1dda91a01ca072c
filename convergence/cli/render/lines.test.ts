import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderLogLine } from './log-line.ts';
import { renderProblem } from './problem-lines.ts';
import { createStyle } from 'base/terminal/style.ts';
import { widthOf } from 'base/terminal/text-width.ts';
import { renderRows } from './values.ts';

const style = createStyle(false);

test('more columns than fit are told one below the other', () => {
  const many = ['one', 'two', 'three'].map((name) => ({ name, type: 'VARCHAR' }));
  assert.deepEqual(renderRows(many, [[1, null, { a: 'x' }]], { width: 20, style }), [
    'row 1',
    '  one    1',
    '  two    ∅',
    '  three  {"a":"x"}',
  ]);
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
