import { z } from 'zod';
import type { Freeze } from '../rollout-spec.ts';
import { isZone } from './scalar-document.ts';

const MINUTES_A_DAY = 24 * 60;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const WEEKLY =
  /^(mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):([0-5]\d) - (mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):([0-5]\d)$/;

const moment = z
  .string()
  .refine(
    (text) =>
      /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/.test(text) &&
      !Number.isNaN(Date.parse(text)),
    'a day such as 2026-12-24, or a moment such as 2026-12-24T18:00:00Z',
  )
  .transform((text) => new Date(text).toISOString());

const onceDocument = z.strictObject({ from: moment, until: moment, reason: z.string().min(1) });

const weeklyDocument = z.strictObject({
  weekly: z
    .string()
    .regex(WEEKLY, "days and hours such as 'fri 16:00 - mon 08:00'")
    .transform((text, context) => {
      const week = minutesOfWeek(text);
      if (week.fromMinute !== week.untilMinute) return week;
      context.addIssue({ code: 'custom', message: 'an end that is not the beginning' });
      return z.NEVER;
    }),
  zone: z.string().refine(isZone, 'a time zone such as Europe/Berlin').default('UTC'),
  reason: z.string().min(1),
});

export const gatesDocument = z.strictObject({
  tests: z.string().min(1).optional().describe('A command line; it must end with 0.'),
  freeze: z
    .array(
      z.union([
        onceDocument.transform((once): Freeze => ({ kind: 'once', ...once })),
        weeklyDocument.transform(({ weekly, ...rest }): Freeze => ({
          kind: 'weekly',
          ...weekly,
          ...rest,
        })),
      ]),
    )
    .optional()
    .describe('When nothing may be shipped.'),
});

function minutesOfWeek(text: string): { fromMinute: number; untilMinute: number } {
  const [, day, hour, minute, lastDay, lastHour, lastMinute] = WEEKLY.exec(text) ?? [];
  return {
    fromMinute: minuteOf(day, hour, minute),
    untilMinute: minuteOf(lastDay, lastHour, lastMinute),
  };
}

function minuteOf(day = '', hour = '', minute = ''): number {
  return DAYS.indexOf(day) * MINUTES_A_DAY + Number(hour) * 60 + Number(minute);
}
