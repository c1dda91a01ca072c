import { readCron } from '../../pipeline/document/cron.ts';
import { localDay } from '../../tenant/local-day.ts';
import type { Failure, Interval } from '../run.ts';
import { jitterOf, nextStart } from './schedule.ts';
import type { Schedule } from './schedule.ts';

/** A scheduler that comes later than this was not there: the moment was missed. */
const GRACE_MS = 5 * 60_000;
/** How many missed moments `missed: all` makes up for; older ones are lost. */
export const MAX_MADE_UP = 100;

/** What is decided about the next moment of a schedule. */
export interface Settlement {
  readonly dueAt: Date;
  /** Run: it starts now. Miss: it is too late for it, and it is only recorded. */
  readonly outcome: 'run' | 'miss';
  /** First of the moments before it that are passed over; null: there are none. */
  readonly missedSince: Date | null;
  /** When to decide the next one; in the past when more are waiting already. */
  readonly nextAt: Date | null;
}

/**
 * Decides the next moment of a schedule that has come; null: none has. All moments up to its `dueAt`
 * are settled with it. When several have come, all but the newest were missed; the newest was too,
 * when nobody came in time: `none` passes over what was missed, `last` starts one run for the newest
 * moment, `all` one for each of the newest 100, the oldest first.
 */
export function settleMoment(schedule: Schedule, now: Date): Settlement | null {
  const reached = new Date(now.getTime() - jitterOf(schedule));
  const cron = readCron(schedule.cron, schedule.timeZone);
  const limit = schedule.missed === 'all' ? MAX_MADE_UP : 1;
  const [dueAt] = cron.between(schedule.settledUntil, reached, limit);
  if (!dueAt) return null;
  const [first = dueAt] = cron.nextAfter(schedule.settledUntil, 1);
  const isLate = reached.getTime() - dueAt.getTime() > GRACE_MS;
  return {
    dueAt,
    outcome: schedule.missed === 'none' && isLate ? 'miss' : 'run',
    missedSince: first < dueAt ? first : null,
    nextAt: nextStart(schedule, dueAt),
  };
}

/** The day for which the run of a moment works, in the time zone of its schedule. */
export function dayOf(dueAt: Date, timeZone: string): Interval {
  const start = localDay(dueAt, timeZone);
  const end = new Date(Date.parse(start) + 24 * 3_600_000).toISOString().slice(0, 10);
  return { start, end };
}

/** What the record of a missed moment says. */
export function missedFailure({ dueAt, missedSince }: Settlement): Failure {
  const since = missedSince ? ` and those since ${missedSince.toISOString()}` : '';
  return {
    code: 'schedule_missed',
    kind: 'transient',
    message: `No scheduler ran at ${dueAt.toISOString()}; the moment${since} was passed over.`,
    hint: 'Set schedule.missed to last or all to make up for missed moments.',
  };
}
