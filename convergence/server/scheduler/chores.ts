import type { Clock } from 'base/clock.ts';
import type { Log } from 'base/log.ts';
import { fireDue } from '../../engine/run/schedule/fire-due.ts';
import type { FireDeps } from '../../engine/run/schedule/fire-due.ts';
import { mirrorHistory } from '../../engine/run/history/mirror-history.ts';
import type { MirrorDeps } from '../../engine/run/history/mirror-history.ts';
import { syncAllSchedules } from '../../engine/run/schedule/sync-schedules.ts';
import type { RunQueue } from '../../engine/run/run-queue.ts';
import type { QuotaStore } from '../../engine/tenant/usage/quota-store.ts';

/** What has to be done from time to time, by whoever comes: repeating it, or two at once, is safe. */
export interface Chores {
  /** Reads schedules that have changed, then settles every moment that has come. */
  fireSchedules(): Promise<FiredSchedules>;
  /** How many tenants' counters of a day that is over were set to zero. */
  resetDailyQuotas(): Promise<number>;
  /** Ends or re-queues runs whose worker is gone; ids. */
  cleanUpRuns(): Promise<CleanedUp>;
  /** Copies what ended into the dataset `metadata` of the warehouse; how many runs. */
  mirrorHistory(): Promise<number>;
}

export interface FiredSchedules {
  readonly tenantsRead: number;
  readonly started: number;
  readonly refused: number;
  readonly missed: number;
  /** Schedules that could not be settled and stay due; why is in the log. */
  readonly stuck: number;
}

export interface CleanedUp {
  readonly orphaned: readonly string[];
  readonly lost: readonly string[];
}

export interface ChoreDeps extends FireDeps, MirrorDeps {
  readonly queue: Pick<RunQueue, 'reapOrphans'>;
  readonly quotas: Pick<QuotaStore, 'resetDailyUsage'>;
  /** Ends runs made since then that have no place in the queue any more. */
  readonly endLostRuns: (since: Date) => Promise<readonly string[]>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** A run that has cost this many workers their lives is not given a further one. */
export const MAX_LOSSES = 5;
const LOST_WITHIN_MS = 7 * 24 * 3_600_000;

export function createChores(deps: ChoreDeps): Chores {
  return {
    async fireSchedules() {
      const tenantsRead = await syncAllSchedules(deps);
      const { problems, ...counts } = await fireDue(deps);
      for (const error of problems) deps.log.error('a schedule stays due', { error });
      return { tenantsRead, ...counts, stuck: problems.length };
    },
    resetDailyQuotas: () => deps.quotas.resetDailyUsage(),
    async cleanUpRuns() {
      const orphaned = await deps.queue.reapOrphans(MAX_LOSSES);
      const since = new Date(deps.clock.now().getTime() - LOST_WITHIN_MS);
      return { orphaned, lost: await deps.endLostRuns(since) };
    },
    mirrorHistory: () => mirrorHistory(deps),
  };
}
