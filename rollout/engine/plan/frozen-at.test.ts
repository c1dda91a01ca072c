import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Freeze } from '../service/rollout-spec.ts';
import { formatFreeze, frozenAt } from './frozen-at.ts';

const hour = 60;
const day = 24 * hour;
const reason = 'r';
const weekend: Freeze = {
  kind: 'weekly',
  fromMinute: 4 * day + 16 * hour,
  untilMinute: 7 * hour,
  zone: 'Europe/Berlin',
  reason,
};
const lunch: Freeze = { ...weekend, fromMinute: 12 * hour, untilMinute: 13 * hour, zone: 'UTC' };
const once: Freeze = {
  kind: 'once',
  from: '2026-12-24T00:00:00.000Z',
  until: '2026-12-27T00:00:00.000Z',
  reason,
};

// 2026-02-06 is a Friday, 2026-03-29 the Sunday on which Berlin's clocks go forward.
const cases: [string, Freeze, string, boolean][] = [
  ['the minute before a weekend', weekend, '2026-02-06T14:59:59Z', false],
  ['its first minute, in its zone', weekend, '2026-02-06T15:00:00Z', true],
  ['the middle of it', weekend, '2026-02-08T00:00:00Z', true],
  ['its last minute', weekend, '2026-02-09T05:59:59Z', true],
  ['the minute after it', weekend, '2026-02-09T06:00:00Z', false],
  ['the last minute after the clocks went forward', weekend, '2026-03-30T04:59:59Z', true],
  ['the minute after it then', weekend, '2026-03-30T05:00:00Z', false],
  ['Monday at noon', lunch, '2026-02-09T12:30:00Z', true],
  ['Tuesday at noon', lunch, '2026-02-10T12:30:00Z', false],
  ['the first day', once, '2026-12-24T00:00:00Z', true],
  ['the end', once, '2026-12-27T00:00:00Z', false],
];
for (const [name, freeze, at, isFrozen] of cases) {
  test(`${name} is ${isFrozen ? 'frozen' : 'free'}`, () => {
    assert.equal(frozenAt([freeze], new Date(at)), isFrozen ? freeze : null);
  });
}

test('a freeze is shown with its end and reason', () => {
  assert.deepEqual([weekend, once].map(formatFreeze), [
    'each week until Mon 07:00 Europe/Berlin (r)',
    'until 2026-12-27T00:00:00.000Z (r)',
  ]);
});
