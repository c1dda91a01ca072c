import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addToMixture, mixtureValue, priorAt, startMixture } from './change-mixture.ts';
import { errorPsis } from './grid.ts';
import { logRatios } from './log-ratios.ts';

const PLANNED_TICKS = 180;
const PSIS = errorPsis(1);

/** The E-value of errors after each tick of [canary requests, stable requests, and the errors]. */
function pathOf(ticks: readonly (readonly [number, number, number, number])[]): number[] {
  let mixture = startMixture(PSIS.length);
  return ticks.map(([canaryRequests, stableRequests, canaryEvents, stableEvents], at) => {
    const pair = { canaryRequests, stableRequests, canaryEvents, stableEvents };
    mixture = addToMixture(mixture, logRatios(pair, PSIS), priorAt(at, PLANNED_TICKS));
    return Number(mixtureValue(mixture).toFixed(6));
  });
}

test('the E-value takes the path that was computed elsewhere', () => {
  assert.deepEqual(
    pathOf(Array.from({ length: 5 }, () => [10, 90, 1, 0] as const)),
    [2.458366, 11.378743, 73.259742, 532.087163, 4062.777715],
  );
  assert.deepEqual(
    pathOf([
      [10, 90, 0, 1],
      [12, 88, 1, 0],
      [9, 95, 2, 1],
      [50, 50, 3, 0],
      [50, 50, 4, 1],
    ]),
    [0.837959, 1.414334, 11.31084, 65.495638, 107.826502],
  );
});

test('without errors it stays 1', () => {
  assert.deepEqual(
    pathOf([
      [10, 90, 0, 0],
      [10, 90, 0, 0],
      [0, 0, 0, 0],
    ]),
    [1, 1, 1],
  );
});

test('the whole plan spends all probability, and no tick after it any', () => {
  const spent = Array.from({ length: 200 }, (_, at) => priorAt(at, PLANNED_TICKS));
  assert.ok(Math.abs(spent.reduce((sum, prior) => sum + prior, 0) - 1) < 1e-12);
  assert.equal(priorAt(PLANNED_TICKS, PLANNED_TICKS), 0);
  assert.deepEqual([priorAt(0, 1), priorAt(1, 1)], [0.5, 0]);
});

test('overwhelming evidence stays a number', () => {
  const mixture = addToMixture(startMixture(1), [5_000], 0.5);
  assert.ok(Number.isFinite(mixtureValue(mixture)));
});
