import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as hold, date, property } from 'fast-check';
import { compareCursors, subtractLag } from './incremental-window.ts';

test('cursors compare by number, moment or text', () => {
  const ascending: [string | number, string | number][] = [
    [2, 10],
    ['9007199254740992', '9007199254740993'],
    ['2', 10],
    ['2024-01-01', '2024-01-01T00:00:01Z'],
    ['2024-01-01T00:00:00+02:00', '2024-01-01T00:00:00Z'],
    ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000001Z'],
    ['2024-01-01T00:00:00.9Z', '2024-01-01T00:00:00.95Z'],
    ['2024-01-01 05:00:00-0500', '2024-01-01T10:00:01Z'],
    ['a', 'b'],
  ];
  for (const [low, high] of ascending) {
    assert.ok(compareCursors(low, high) < 0, `${low} < ${high}`);
    assert.ok(compareCursors(high, low) > 0, `${high} > ${low}`);
  }
  assert.equal(compareCursors('2024-01-01T02:00:00+02:00', '2024-01-01T00:00:00Z'), 0);
});

test('the order of any two moments is the order of their texts in UTC', () => {
  const moment = date({
    min: new Date('1970-01-01'),
    max: new Date('2100-01-01'),
    noInvalidDate: true,
  });
  hold(
    property(moment, moment, (left, right) => {
      const order = compareCursors(left.toISOString(), right.toISOString());
      assert.equal(Math.sign(order), Math.sign(left.getTime() - right.getTime()));
    }),
  );
});

test('a lag keeps the form of the cursor', () => {
  assert.equal(subtractLag(100, 30), 70);
  assert.equal(subtractLag(100, '30'), 70);
  assert.equal(subtractLag('2024-03-01', 1), '2024-02-29');
  assert.equal(subtractLag('2024-03-01', '48h'), '2024-02-28');
  assert.equal(subtractLag('2024-03-01T00:00:10Z', 20), '2024-02-29T23:59:50Z');
  assert.equal(
    subtractLag('2024-03-01T00:00:10.123456+02:00', '1h'),
    '2024-02-29T23:00:10.123456+02:00',
  );
  assert.equal(subtractLag('2024-03-01 00:00', '1m'), '2024-02-29 23:59');
  for (const [cursor, lag] of [
    [100, '1h'],
    ['abc', 1],
    ['2024-01-01', 'soon'],
  ] as const) {
    assert.throws(() => subtractLag(cursor, lag), { code: 'config_invalid' });
  }
});
