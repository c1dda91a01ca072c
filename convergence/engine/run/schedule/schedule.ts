import { createHash } from 'node:crypto';
import { readCron } from '../../pipeline/document/cron.ts';
import type { Failure } from '../run.ts';

/** When a pipeline runs by itself, as its config says. */
export interface DeclaredSchedule {
  readonly pipelineId: string;
  readonly cron: string;
  readonly timeZone: string;
  /** What becomes of moments that nobody looked at in time. */
  readonly missed: 'none' | 'last' | 'all';
  readonly jitterMs: number;
}

/** As it is kept, with how far it has come. */
export interface Schedule extends DeclaredSchedule {
  readonly tenantId: string;
  /** False: no config declares it any more. */
  readonly declared: boolean;
  readonly disabledAt: Date | null;
  readonly disabledBy: string | null;
  /** Moments up to this one have been decided upon. */
  readonly settledUntil: Date;
  /** When there is something to decide; null: never, as things are. */
  readonly nextAt: Date | null;
}

/** The newest moment of a schedule about which something was decided. */
export interface SettledMoment {
  readonly dueAt: Date;
  readonly runId: string | null;
  /** Why it gave no run. */
  readonly failure: Failure | null;
  /** First of the moments right before it that were missed and are not made up for. */
  readonly missedSince: Date | null;
}

type Timing = Pick<Schedule, 'tenantId' | 'pipelineId' | 'cron' | 'timeZone' | 'jitterMs'>;

/**
 * How much later than its moments a schedule begins: from 0 to below its jitter, in whole seconds.
 * From the names alone, so that every machine comes to the same, and every day too.
 */
export function jitterOf({ tenantId, pipelineId, jitterMs }: Timing): number {
  const digest = createHash('sha256').update(`${tenantId}/${pipelineId}`).digest();
  const share = digest.readUInt32BE(0) / 2 ** 32;
  return Math.floor((share * jitterMs) / 1000) * 1000;
}

/** When a schedule begins next after a moment that is settled; null: never. */
export function nextStart(schedule: Timing, settledUntil: Date): Date | null {
  const cron = readCron(schedule.cron, schedule.timeZone);
  const [moment] = cron.nextAfter(settledUntil, 1);
  return moment ? new Date(moment.getTime() + jitterOf(schedule)) : null;
}

/** The next moments of a schedule, and when each begins. */
export function upcoming(
  schedule: Timing & Pick<Schedule, 'settledUntil'>,
  count: number,
): { dueAt: Date; startsAt: Date }[] {
  const cron = readCron(schedule.cron, schedule.timeZone);
  const jitterMs = jitterOf(schedule);
  return cron
    .nextAfter(schedule.settledUntil, count)
    .map((dueAt) => ({ dueAt, startsAt: new Date(dueAt.getTime() + jitterMs) }));
}
