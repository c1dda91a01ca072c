import type { Clock } from 'base/clock.ts';
import type { Records } from '../control-plane/records.ts';
import type { PlainRoute } from '../protocol/handler.ts';

export interface StorageDeps {
  /** Buckets and objects are kept there. */
  readonly records: Records;
  readonly clock: Pick<Clock, 'now'>;
}

/** The part of Cloud Storage's JSON API that Google's client uses for buckets and objects. */
export function storageRoutes(deps: StorageDeps): readonly PlainRoute[] {
  void deps;
  return [];
}
