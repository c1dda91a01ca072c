import type { Failure, RunStatus } from '../run.ts';

/** A run whose worker stopped extending its lease. */
export interface Orphan {
  /** Workers that it has lost, this one included. */
  readonly losses: number;
  readonly cancelRequested: boolean;
}

/** What becomes of a run without a worker: it waits again, or it has ended. */
export function decideOrphan(
  orphan: Orphan,
  maxAttempts: number,
): { status: RunStatus; failure: Failure | null } {
  if (orphan.cancelRequested) return { status: 'CANCELLED', failure: cancelledFailure('request') };
  if (orphan.losses < maxAttempts) return { status: 'PENDING', failure: null };
  const failure: Failure = {
    code: 'orphaned',
    kind: 'transient',
    message: `The worker of the run disappeared ${orphan.losses} times; it is not tried again.`,
    hint: 'Look for workers that ran out of memory, then restart the run.',
  };
  return { status: 'FAILED', failure };
}

/** Why a run ended that somebody cancelled. */
export function cancelledFailure(by: string): Failure {
  return { code: 'cancelled', kind: 'conflict', message: `Cancelled by ${by}.` };
}
