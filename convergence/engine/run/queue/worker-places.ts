/** How many runs a worker executes at a time, at least and at most. */
export interface PlaceRange {
  readonly min: number;
  readonly max: number;
}

/** The places of a worker now. */
export interface Places {
  readonly size: number;
  /** Since when all are taken; null when some are free. */
  readonly fullSinceMs: number | null;
}

/** A burst that ends sooner is no reason to grow: others may have places free. */
export const GROW_AFTER_MS = 1_000;

/** Before a claim: places that have all been taken for a while are doubled, as far as `max` allows. */
export function growPlaces(places: Places, { max }: PlaceRange, nowMs: number): Places {
  const { size, fullSinceMs } = places;
  const isLong = fullSinceMs !== null && nowMs - fullSinceMs >= GROW_AFTER_MS;
  return isLong && size < max ? { size: Math.min(max, size * 2), fullSinceMs: nowMs } : places;
}

/**
 * After a claim that left `held` runs: what was not filled is given up again, down to `min`, because
 * nothing waits for it.
 */
export function settlePlaces(
  places: Places,
  { min }: PlaceRange,
  { held, nowMs }: { held: number; nowMs: number },
): Places {
  const size = Math.max(min, Math.min(places.size, held));
  return { size, fullSinceMs: held >= size ? (places.fullSinceMs ?? nowMs) : null };
}
