import { Cron } from 'croner';

/** The moments that a cron expression means in a time zone, whole minutes in real time. */
export interface CronMoments {
  /** The first moments after an instant, at most `count`; fewer when there are no more. */
  nextAfter(instant: Date, count: number): Date[];
  /** The newest moments after `after` and up to `until`, at most `limit`, oldest first. */
  between(after: Date, until: Date, limit: number): Date[];
}

/** Five fields, which may also have names, L, W and #; or a nickname. Never seconds or years. */
const FORM =
  /^\s*(?:@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)|\S+(?:\s+\S+){4})\s*$/i;

/**
 * A time of day without `*` or step (`30 2 * * *`, `0 2,14 * * *`) comes once on each of its days:
 * one that clocks repeat at its first occurrence, one that they leave out at the first moment after
 * the gap. Every other expression (one with `*` or a step in its minutes or hours) follows real time:
 * through both passes of a repeated hour, and not at all through one that is left out.
 */
const RULES = { mode: '5-part', fixedTimeRule: 'no-wildcard' } as const;

/** @throws RangeError or TypeError when `explainCron` or `isTimeZone` would object */
export function readCron(cron: string, timeZone: string): CronMoments {
  const job = new Cron(cron, { ...RULES, timezone: timeZone });
  return {
    nextAfter: (instant, count) => job.nextRuns(count, instant),
    between(after, until, limit) {
      const found: Date[] = [];
      // croner's own bound is exclusive. One by one: most often there is one, of a hundred allowed.
      for (let before = new Date(until.getTime() + 1); found.length < limit;) {
        const [moment] = job.previousRuns(1, before);
        if (!moment || moment <= after) break;
        found.unshift(moment);
        before = moment;
      }
      return found;
    },
  };
}

/** Why a cron expression cannot be used; null for a good one. */
export function explainCron(cron: string): string | null {
  if (!FORM.test(cron)) return 'it has not five fields';
  try {
    // 1 March 2026: the next 29 February, which the rarest day has to reach, is two years away.
    const [moment] = readCron(cron, 'UTC').nextAfter(new Date('2026-03-01T00:00:00Z'), 1);
    return moment ? null : 'no day is like that, so it would never come';
  } catch (error) {
    const { message } = error as Error;
    return message.replace(/^CronPattern: /, '').replace(/^./, (first) => first.toLowerCase());
  }
}
