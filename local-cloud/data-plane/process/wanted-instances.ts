export interface FleetLoad {
  /** Requests that run or wait. */
  readonly requests: number;
  readonly concurrency: number;
  readonly minInstances: number;
  readonly maxInstances: number;
}

/** How many instances the requests of this moment need. */
export function wantedInstances(load: FleetLoad): number {
  const byLoad = Math.ceil(load.requests / Math.max(1, load.concurrency));
  return Math.min(Math.max(byLoad, load.minInstances), Math.max(1, load.maxInstances));
}
