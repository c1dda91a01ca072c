import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growPlaces, settlePlaces } from './worker-places.ts';
import type { Places } from './worker-places.ts';

const range = { min: 2, max: 7 };

/** Sizes of each second while so many runs would be taken if there were places. */
function sizesUnder(wanted: readonly number[]): number[] {
  let places: Places = { size: range.min, fullSinceMs: null };
  return wanted.map((runs, second) => {
    const nowMs = second * 1_000;
    places = growPlaces(places, range, nowMs);
    places = settlePlaces(places, range, { held: Math.min(runs, places.size), nowMs });
    return places.size;
  });
}

test('places double each second while all are taken, up to the maximum', () => {
  assert.deepEqual(sizesUnder([9, 9, 9, 9, 9]), [2, 4, 7, 7, 7]);
});

test('a burst of less than a second is no reason to grow', () => {
  let places: Places = { size: 2, fullSinceMs: null };
  places = settlePlaces(places, range, { held: 2, nowMs: 0 });
  assert.equal(growPlaces(places, range, 999).size, 2);
  assert.equal(growPlaces(places, range, 1_000).size, 4);
});

test('places that nothing waits for are given up, down to the minimum', () => {
  assert.deepEqual(sizesUnder([9, 9, 9, 5, 3, 1, 0, 9]), [2, 4, 7, 5, 3, 2, 2, 2]);
});

test('a fixed number never changes', () => {
  const fixed = { min: 3, max: 3 };
  const full = settlePlaces({ size: 3, fullSinceMs: 0 }, fixed, { held: 3, nowMs: 5_000 });
  assert.deepEqual(growPlaces(full, fixed, 9_000), { size: 3, fullSinceMs: 0 });
});
