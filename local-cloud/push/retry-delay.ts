export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
  readonly doublings: number;
}

/**
 * The wait after so many failures in a row, as Cloud Scheduler and Cloud Tasks count it: doubles
 * `doublings` times, then grows by the last step, up to the maximum. Source: RetryConfig in
 * google/cloud/scheduler/v1/job.proto, whose example is a test here.
 */
export function retryDelayMs(failures: number, { minMs, maxMs, doublings }: Backoff): number {
  const doubled = Math.min(failures - 1, doublings);
  const linear = Math.max(1, failures - doublings);
  return Math.min(maxMs, minMs * 2 ** doubled * linear);
}
