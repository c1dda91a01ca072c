import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeTicks, gatherTicks } from './gather-ticks.ts';

const FROM = '2026-01-01T00:00:07.000Z';
const FROM_MS = Date.parse(FROM);

test('only ticks whose last sample has arrived are complete', () => {
  const watermark = { sampleSeconds: 1, delaySeconds: 2 };
  const wanted = { from: FROM, tickSeconds: 5 };
  const ticksAt = (afterMs: number) =>
    completeTicks(wanted, { ...watermark, nowMs: FROM_MS + afterMs }).ticks;
  assert.deepEqual([-60_000, 0, 6999, 7000, 11_999, 12_000].map(ticksAt), [0, 0, 0, 1, 1, 2]);
});

test('a tick begins at a sample and lasts whole samples', () => {
  const window = completeTicks(
    { from: FROM, tickSeconds: 70 },
    { nowMs: FROM_MS + 600_000, sampleSeconds: 60, delaySeconds: 0 },
  );
  const startMs = Date.parse('2026-01-01T00:01:00.000Z');
  assert.deepEqual(window, { startMs, tickSeconds: 120, ticks: 4 });
});

test('revisions become arms, what nobody counted becomes null, the rest is left out', () => {
  const window = { startMs: FROM_MS, tickSeconds: 5, ticks: 2 };
  const counts = [
    { revision: 'new', tick: 0, requests: 10, errors: 1, latency: null, errorClients: ['a'] },
    { revision: 'old', tick: 0, requests: 50, errors: 0, latency: histogram(20, 30) },
    { revision: 'older', tick: 0, requests: 5, errors: 2, latency: histogram(4, 1) },
    { revision: 'foreign', tick: 0, requests: 99, errors: 99, latency: null },
    { revision: 'old', tick: 1, requests: 3, errors: 0, latency: histogram(3, 0) },
    { revision: 'old', tick: 2, requests: 7, errors: 0, latency: null },
  ];
  assert.deepEqual(gatherTicks(window, { canary: 'new', stable: ['old', 'older'] }, counts), [
    {
      startAt: '2026-01-01T00:00:07.000Z',
      seconds: 5,
      canary: { requests: 10, errors: 1, latency: null, errorClients: ['a'] },
      stable: { requests: 55, errors: 2, latency: histogram(24, 31) },
    },
    {
      startAt: '2026-01-01T00:00:12.000Z',
      seconds: 5,
      canary: null,
      stable: { requests: 3, errors: 0, latency: histogram(3, 0) },
    },
  ]);
});

test('latencies with other bounds, or of a part of an arm, are none', () => {
  const window = { startMs: FROM_MS, tickSeconds: 5, ticks: 1 };
  const count = { tick: 0, requests: 1, errors: 0 };
  for (const latency of [{ boundsMs: [7], counts: [1, 0] }, null]) {
    const counts = [
      { ...count, revision: 'a', latency: histogram(1, 0) },
      { ...count, revision: 'b', latency },
    ];
    const [tick] = gatherTicks(window, { canary: 'c', stable: ['a', 'b'] }, counts);
    assert.deepEqual(tick?.stable, { requests: 2, errors: 0, latency: null });
  }
});

function histogram(fast: number, slow: number) {
  return { boundsMs: [10], counts: [fast, slow] };
}
