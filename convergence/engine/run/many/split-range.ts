import { fail } from '../../error-codes.ts';
import type { Interval } from '../run.ts';

export const BACKFILL_STEPS = ['day', 'week', 'month', 'quarter', 'year'] as const;
export type BackfillStep = (typeof BACKFILL_STEPS)[number];

/** Days from `from` on; `to` is the first that does not belong to it. Both as `2026-03-01`. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
  readonly step: BackfillStep;
}

/** More than two and a half years of days; each is a run. */
export const MAX_INTERVALS = 1_000;
const DAY_MS = 24 * 3_600_000;

/**
 * The range in pieces of the calendar, the oldest first: weeks begin on Mondays, months, quarters
 * and years on their first day. The first and the last piece are shorter where the range cuts them.
 * @throws request_invalid when the range is empty or has more than MAX_INTERVALS pieces
 */
export function splitRange({ from, to, step }: DayRange): Interval[] {
  if (from >= to) {
    throw fail('request_invalid', `from is ${from}, which is not before to, ${to}`, {
      hint: 'to is the first day that is left out: for all of January, the first of February.',
    });
  }
  const intervals: Interval[] = [];
  for (let start = from; start < to;) {
    if (intervals.length === MAX_INTERVALS) throw tooMany({ from, to, step });
    const next = nextStart(start, step);
    const end = next < to ? next : to;
    intervals.push({ start, end });
    start = end;
  }
  return intervals;
}

/** First day of the piece of the calendar after the one in which `day` is. */
function nextStart(day: string, step: BackfillStep): string {
  const date = new Date(day);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const startsMs: Record<BackfillStep, number> = {
    day: date.getTime() + DAY_MS,
    week: date.getTime() + (7 - ((date.getUTCDay() + 6) % 7)) * DAY_MS,
    month: Date.UTC(year, month + 1),
    quarter: Date.UTC(year, month - (month % 3) + 3),
    year: Date.UTC(year + 1, 0),
  };
  return new Date(startsMs[step]).toISOString().slice(0, 10);
}

function tooMany({ from, to, step }: DayRange): Error {
  const message = `from ${from} to ${to} there are more than ${MAX_INTERVALS} intervals of a ${step}`;
  return fail('request_invalid', message, {
    hint: 'Take a longer step, or fill the range in parts.',
  });
}
