import type { CanaryRun } from './run-canary.ts';

/** What many canaries of one scenario came to. */
export interface RunSummary {
  readonly runs: number;
  /** 0 to 1. */
  readonly rolledBack: number;
  /** From the first request, of those that were rolled back; null: none was. */
  readonly medianSeconds: number | null;
  readonly medianFailedRequests: number | null;
  /** 0 to 1. */
  readonly couldEndEarly: number;
}

export function summarizeRuns(runs: readonly CanaryRun[]): RunSummary {
  const found = runs.filter(({ rolledBackAt }) => rolledBackAt !== null);
  return {
    runs: runs.length,
    rolledBack: found.length / runs.length,
    medianSeconds: median(found.map(({ rolledBackAt }) => rolledBackAt ?? 0)),
    medianFailedRequests: median(found.map(({ failedRequests }) => failedRequests)),
    couldEndEarly: runs.filter(({ couldEndEarly }) => couldEndEarly).length / runs.length,
  };
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
