import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countFirstErrors, NO_CLIENTS } from './first-errors.ts';
import type { Tick } from '../tick.ts';

function tick(canary: readonly string[], stable: readonly string[], unknown = 0): Tick {
  const arm = (errorClients: readonly string[], more: number) => ({
    requests: 1_000,
    errors: errorClients.length + more,
    latency: null,
    errorClients,
  });
  return {
    startAt: '2026-01-01T00:00:00Z',
    seconds: 5,
    canary: arm(canary, unknown),
    stable: arm(stable, 0),
  };
}

test('a client has one error in a whole rollout, in whichever arm it was first', () => {
  const first = countFirstErrors(tick(['a', 'a', 'a', 'b'], ['c', 'c']), NO_CLIENTS);
  assert.deepEqual([first.canary, first.stable], [2, 1]);
  const second = countFirstErrors(tick(['a', 'c', 'd'], ['b', 'e']), first.seen);
  assert.deepEqual([second.canary, second.stable], [1, 1]);
});

test('errors of unknown clients all count, and are not safe from bursts', () => {
  const counted = countFirstErrors(tick(['a', 'a'], ['b'], 3), NO_CLIENTS);
  assert.deepEqual([counted.canary, counted.stable, counted.areKeyed], [4, 1, false]);
  assert.equal(countFirstErrors(tick(['a'], ['b']), NO_CLIENTS).areKeyed, true);
});

test('a client with errors in both arms counts for one, as often as its errors were there', () => {
  let onCanary = 0;
  for (let client = 0; client < 1_000; client += 1) {
    const key = `client ${client}`;
    const counted = countFirstErrors(tick([key], [key, key, key]), NO_CLIENTS);
    assert.equal(counted.canary + counted.stable, 1);
    onCanary += counted.canary;
  }
  assert.ok(onCanary > 210 && onCanary < 290, `${onCanary} of 1000, where 250 are due`);
});

test('what was given is left as it was', () => {
  countFirstErrors(tick(['a'], []), NO_CLIENTS);
  assert.ok(NO_CLIENTS.every((word) => word === 0));
});
