import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { logMs } from './log-m.ts';
import type { Margins } from './log-m.ts';
import { logRatios } from './log-ratios.ts';

const near = (actual: number | undefined, expected: number, tolerance = 1e-9) =>
  assert.ok(
    Math.abs((actual ?? NaN) - expected) < tolerance,
    `${actual} is not within ${tolerance} of ${expected}`,
  );

test('log M is what was computed elsewhere', () => {
  const oracles = [
    [10, 90, 3, 4, 0.7726474263],
    [100, 900, 7, 10, 4.4505957723],
    [50, 450, 100, 40, 99.8543537131],
    [500, 500, 300, 40, 849.7360572704],
    [1, 9, 1, 2, 0.0953101798],
    [20, 20, 40, 5, 32.1887582487],
  ] as const;
  for (const [canaryRequests, stableRequests, events, psi, expected] of oracles) {
    near(logMs({ canaryRequests, stableRequests, events }, [psi])[0], expected);
  }
});

test('the likelihood ratio of a tick is what was computed elsewhere', () => {
  const pair = { canaryRequests: 10, stableRequests: 90, canaryEvents: 2, stableEvents: 1 };
  near(Math.exp(logRatios(pair, [4])[0] ?? NaN), 7.3886223441);
});

test('an arm without requests compares nothing', () => {
  const pair = { canaryRequests: 0, stableRequests: 90, canaryEvents: 0, stableEvents: 5 };
  assert.deepEqual(logRatios(pair, [2, 4]), [0, 0]);
});

const margins = fc
  .record({
    canaryRequests: fc.integer({ min: 1, max: 60 }),
    stableRequests: fc.integer({ min: 1, max: 200 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ share, ...requests }) => ({
    ...requests,
    events: Math.round(share * (requests.canaryRequests + requests.stableRequests)),
  }));
const psi = fc.double({ min: 1.01, max: 40, noNaN: true });

test('without a difference the ratio is 1 on average, whatever the traffic and the errors', () => {
  fc.assert(
    fc.property(margins, psi, (given, psi) => {
      const average = possibleCounts(given).reduce(
        (sum, { chance, pair }) => sum + chance * Math.exp(logRatios(pair, [psi])[0] ?? NaN),
        0,
      );
      near(average, 1);
    }),
    { seed: 42 },
  );
});

test('with a margin the ratio is at most 1 on average up to that difference', () => {
  fc.assert(
    fc.property(margins, (given) => {
      const margin = 1.05;
      const counts = possibleCounts(given);
      const logMargin = logMs(given, [margin])[0] ?? NaN;
      const average = counts.reduce((sum, { chance, pair }) => {
        const tilted = chance * Math.exp(pair.canaryEvents * Math.log(margin) - logMargin);
        return sum + tilted * Math.exp(logRatios(pair, [2], margin)[0] ?? NaN);
      }, 0);
      near(average, 1);
    }),
    { seed: 42 },
  );
});

test('with very many events it is bounded from above, so that evidence stays valid', () => {
  const given = { canaryRequests: 10_000, stableRequests: 90_000, events: 4_001 };
  const [bound = NaN] = logMs(given, [2]);
  const [exact = NaN] = logMs({ ...given, events: 4_000 }, [2]);
  assert.ok(bound > exact && bound < exact * 1.02, `${bound} is not just above ${exact}`);
});

/** Each number of canary events that the margins allow, with its hypergeometric probability. */
function possibleCounts({ canaryRequests, stableRequests, events }: Margins) {
  const least = Math.max(0, events - stableRequests);
  const most = Math.min(canaryRequests, events);
  return Array.from({ length: most - least + 1 }, (_, at) => {
    const canaryEvents = least + at;
    const chance = Math.exp(
      logChoose(canaryRequests, canaryEvents) +
        logChoose(stableRequests, events - canaryEvents) -
        logChoose(canaryRequests + stableRequests, events),
    );
    const stableEvents = events - canaryEvents;
    return { chance, pair: { canaryRequests, stableRequests, canaryEvents, stableEvents } };
  });
}

function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i += 1) sum += Math.log((n - k + i) / i);
  return sum;
}
