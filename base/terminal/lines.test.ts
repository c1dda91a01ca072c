import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../error.ts';
import { formatBytes, formatElapsed } from './amount.ts';
import { renderError } from './error-lines.ts';
import { createStyle } from './style.ts';
import { renderTable } from './table.ts';
import { cut, padTo, widthOf } from './text-width.ts';

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
});

test('an error tells its code, details not told yet, hint, and its causes when asked', () => {
  const cause = new Error('inner');
  cause.stack = 'Error: inner\n    at x';
  const details = ['no', 'a.yml:1:2: is wrong'];
  const error = new AppError({
    code: 'config_invalid',
    kind: 'input',
    message: 'no',
    hint: 'mend it',
    cause,
  });
  const told = ['error: no [config_invalid]', '  a.yml:1:2: is wrong', 'hint: mend it'];
  assert.deepEqual(renderError(error, { style, showCauses: false, details }), told);
  assert.deepEqual(renderError(error, { style, showCauses: true, details }), [
    ...told,
    'cause: Error: inner\n    at x',
  ]);
});
