import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from './duration.ts';

test('each unit is read as milliseconds', () => {
  assert.deepEqual(
    ['500ms', '10s', '5m', '2h', '1d', '1.5h', '0s'].map(parseDuration),
    [500, 10_000, 300_000, 7_200_000, 86_400_000, 5_400_000, 0],
  );
});

test('anything else is refused with the forms that are allowed', () => {
  for (const text of ['', '10', 's', '-1s', '1 s', '1w', '1h30m', '1e3s', '.5s', '1S']) {
    assert.throws(() => parseDuration(text), {
      name: 'RangeError',
      message: `'${text}' is not a duration such as 500ms, 10s, 5m, 2h or 1d`,
    });
  }
});
