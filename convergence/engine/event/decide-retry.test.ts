import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fail } from '../error-codes.ts';
import { decideRetry } from './decide-retry.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const at = { now, random: () => 0.5 };
const later = (delayMs: number) => new Date(now.getTime() + delayMs);
const error = fail('delivery_failed', 'it answers 500');

test('delivery and sink wait longer after each failure of theirs, up to an hour', () => {
  assert.deepEqual(decideRetry({ attempts: 0, failures: 2, error }, at), {
    state: 'waiting',
    attempts: 1,
    failures: 3,
    lastError: 'it answers 500',
    dueAt: later(2_500),
    sinkDueAt: later(10_000),
  });
  const long = decideRetry({ attempts: 20, failures: 20, error }, at);
  assert.deepEqual([long.dueAt, long.sinkDueAt], [later(1_800_000), later(1_800_000)]);
});

test('who says when to come again is believed, within an hour', () => {
  const busy = (retryAfterMs: number) =>
    fail('delivery_failed', 'it answers 429', { details: { retryAfterMs } });
  const soon = decideRetry({ attempts: 0, failures: 0, error: busy(60_000) }, at);
  assert.deepEqual([soon.dueAt, soon.sinkDueAt], [later(60_000), later(60_000)]);
  const never = decideRetry({ attempts: 0, failures: 0, error: busy(1e12) }, at);
  assert.deepEqual(never.dueAt, later(3_600_000));
});

test('the thirtieth failure is the last, and a mistake of ours is not shown', () => {
  const last = decideRetry({ attempts: 29, failures: 0, error: new Error('secret') }, at);
  assert.deepEqual([last.state, last.attempts], ['dead', 30]);
  assert.doesNotMatch(last.lastError, /secret/);
});
