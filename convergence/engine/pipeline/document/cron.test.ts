import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as holds, boolean, integer, property, record, uniqueArray } from 'fast-check';
import { explainCron, readCron } from './cron.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** Days around a change of clocks, by the hour and at midnight, by an hour, half of one, a day. */
const CHANGES = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['America/Sao_Paulo', '2018-02-18'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Asia/Beirut', '2026-03-29'],
  ['Asia/Kolkata', '2026-06-01'],
  ['Pacific/Apia', '2011-12-30'],
] as const;

interface Wall {
  readonly at: number;
  /** As `2026-03-29`. */
  readonly day: string;
  readonly minuteOfDay: number;
}

/** What the clocks show at each minute of the days around a change, asked of Intl one by one. */
function readWalls(timeZone: string, day: string): Wall[] {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const start = Date.parse(`${day}T00:00:00Z`) - 2 * DAY_MINUTES * MINUTE_MS;
  return Array.from({ length: 4 * DAY_MINUTES }, (_, nr) => {
    const at = start + nr * MINUTE_MS;
    const parts = Object.fromEntries(format.formatToParts(at).map((p) => [p.type, p.value]));
    const { year, month, day: date, hour, minute } = parts;
    return { at, day: `${year}-${month}-${date}`, minuteOfDay: Number(hour) * 60 + Number(minute) };
  });
}

interface Fields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Written as a list; else by a step, which makes it follow real time. */
  readonly isFixed: boolean;
}

/** By brute force: no arithmetic with offsets, only what the clocks show. */
function momentsOf({ minutes, hours, isFixed }: Fields, walls: readonly Wall[]): number[] {
  const wanted = hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
  if (!isFixed) {
    return walls.filter((wall) => wanted.includes(wall.minuteOfDay)).map(({ at }) => at);
  }
  const days = Map.groupBy(walls, ({ day }) => day);
  const moments = [...days.values()].flatMap((ofDay) =>
    wanted.flatMap((minuteOfDay) => {
      const exact = ofDay.find((wall) => wall.minuteOfDay === minuteOfDay);
      const afterGap = ofDay.find((wall) => wall.minuteOfDay > minuteOfDay);
      return (exact ?? afterGap)?.at ?? [];
    }),
  );
  return [...new Set(moments)].toSorted((a, b) => a - b);
}

function cronOf({ minutes, hours, isFixed }: Fields): string {
  // A step that steps over everything else is the same hours as an interval.
  const written = isFixed ? hours.join() : hours.map((hour) => `${hour}-${hour}/1`).join();
  return `${minutes.join()} ${written} * * *`;
}

const fields = record({
  minutes: uniqueArray(integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 3 }),
  hours: uniqueArray(integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 6 }),
  isFixed: boolean(),
});

for (const [timeZone, day] of CHANGES) {
  test(`moments are what the clocks of ${timeZone} show around ${day}`, () => {
    const walls = readWalls(timeZone, day);
    // The first and the last day are cut, so their gaps are not known.
    const [from = NaN, to = NaN] = [29 * 60, 67 * 60].map((minute) => walls[minute]?.at);
    const check = (given: Fields) => {
      const cron = readCron(cronOf(given), timeZone);
      const expected = momentsOf(given, walls).filter((at) => at > from && at <= to);
      const between = cron.between(new Date(from), new Date(to), expected.length + 1);
      assert.deepEqual(between.map(Number), expected, cronOf(given));
      const next = cron.nextAfter(new Date(from), expected.length);
      assert.deepEqual(next.map(Number), expected, cronOf(given));
    };
    holds(property(fields, check), { numRuns: 30 });
    const atTheChange = { minutes: [30, 0], hours: [0, 1, 2, 3] };
    for (const isFixed of [true, false]) check({ ...atTheChange, isFixed });
  });
}

test('02:30 comes once on the days of change; every half hour follows real time', () => {
  const iso = (cron: string, from: string, count: number) =>
    readCron(cron, 'Europe/Berlin')
      .nextAfter(new Date(from), count)
      .map((moment) => moment.toISOString().slice(0, 16));
  assert.deepEqual(iso('30 2 * * *', '2026-03-28T12:00:00Z', 2), [
    '2026-03-29T01:00', // 03:00 there: 02:30 does not exist
    '2026-03-30T00:30',
  ]);
  assert.deepEqual(iso('30 2 * * *', '2026-10-24T12:00:00Z', 2), [
    '2026-10-25T00:30', // the first 02:30
    '2026-10-26T01:30',
  ]);
  assert.deepEqual(iso('*/30 2 * * *', '2026-03-28T12:00:00Z', 1), ['2026-03-30T00:00']);
  assert.deepEqual(iso('*/30 2 * * *', '2026-10-24T12:00:00Z', 4), [
    '2026-10-25T00:00',
    '2026-10-25T00:30',
    '2026-10-25T01:00',
    '2026-10-25T01:30',
  ]);
});

test('the newest moments up to an instant, that instant included', () => {
  const cron = readCron('0 * * * *', 'UTC');
  const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));
  assert.deepEqual(cron.between(at(1), at(4), 100), [at(2), at(3), at(4)]);
  assert.deepEqual(cron.between(at(1), at(4), 2), [at(3), at(4)]);
  assert.deepEqual(cron.between(at(4), at(4), 2), []);
});

test('what is no cron expression, or never comes, is explained', () => {
  for (const good of ['30 2 * * *', '@daily', '0 0 29 2 *', '0 9 L * *', '0 9 * * MON#1']) {
    assert.equal(explainCron(good), null, good);
  }
  const reasons = {
    '0 0 30 2 *': 'no day is like that, so it would never come',
    '61 * * * *': 'invalid value for minute: 61',
    '* * * *': 'it has not five fields',
    '0 0 * * * *': 'it has not five fields',
    '2026-03-29T00:00:00': 'it has not five fields',
    '@reboot': 'it has not five fields',
    'x * * * *': 'configuration entry 1 (x) contains illegal characters.',
  };
  for (const [cron, reason] of Object.entries(reasons)) assert.equal(explainCron(cron), reason);
});
