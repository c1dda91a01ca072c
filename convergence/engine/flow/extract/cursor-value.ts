import { parseDuration } from 'base/duration.ts';
import { fail } from '../../error-codes.ts';
import type { CursorValue } from './page-reader.ts';

const TIME = /^(\d{4}-\d\d-\d\d)(?:([T ])(\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;
const DAY_MS = 86_400_000;

/** Whether a cursor is a date or time of ISO 8601, as sources write them. */
export function isTime(value: CursorValue): value is string {
  return typeof value === 'string' && TIME.test(value);
}

/** Below 0, 0 or above 0. Numbers by size, also in texts; dates and times by the moment. */
export function compareCursors(left: CursorValue, right: CursorValue): number {
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(String(left), String(right));
  if (isTime(left) && isTime(right)) return compareTimes(left, right);
  return compareTexts(String(left), String(right));
}

/**
 * The cursor this much earlier, in the form that it has. A number is in the cursor's own unit,
 * seconds for times, days for dates, as in dlt; a duration such as `2h` is for dates and times.
 * @throws config_invalid
 */
export function subtractLag(cursor: CursorValue, lag: number | string): CursorValue {
  const amount = Number(lag);
  if (typeof cursor === 'number') {
    if (!Number.isNaN(amount)) return cursor - amount;
    throw badLag(cursor, lag, 'a number, because the cursor is one');
  }
  const [, date, separator, clock = '00:00', fraction = '', zone = ''] = TIME.exec(cursor) ?? [];
  if (date === undefined)
    throw badLag(cursor, lag, 'absent, because the cursor is no number or time');
  const unitMs = separator === undefined ? DAY_MS : 1000;
  const lagMs = Number.isNaN(amount) ? durationMs(cursor, lag) : amount * unitMs;
  const wall = new Date(Date.parse(`${date}T${clock}Z`) - Math.ceil(lagMs / 1000) * 1000);
  const [newDate = '', newClock = ''] = wall.toISOString().split(/[TZ.]/);
  if (separator === undefined) return newDate;
  return `${newDate}${separator}${newClock.slice(0, clock.length)}${fraction}${zone}`;
}

function durationMs(cursor: CursorValue, lag: number | string): number {
  try {
    return parseDuration(String(lag));
  } catch {
    throw badLag(cursor, lag, 'a number or a duration such as 2h');
  }
}

function badLag(cursor: CursorValue, lag: number | string, expected: string) {
  return fail('config_invalid', `'lag' is ${lag}, but should be ${expected} (it is '${cursor}')`);
}

export function isNumeric(value: CursorValue): boolean {
  return typeof value === 'number' || /^-?\d+(\.\d+)?$/.test(value);
}

/** Integers beyond 2^53 arrive as texts and must not be rounded. */
function compareNumbers(left: string, right: string): number {
  if (/^-?\d+$/.test(left) && /^-?\d+$/.test(right)) {
    const difference = BigInt(left) - BigInt(right);
    return Number(difference > 0n) - Number(difference < 0n);
  }
  return Number(left) - Number(right);
}

/** Date.parse reads milliseconds only; sources write up to nine digits. */
function compareTimes(left: string, right: string): number {
  return momentMs(left) - momentMs(right) || compareTexts(fractionOf(left), fractionOf(right));
}

/** A time without a zone is UTC. */
function momentMs(text: string): number {
  const [, date, , clock = '00:00', , zone = 'Z'] = TIME.exec(text) ?? [];
  const offset = /^[+-]\d\d$/.test(zone)
    ? `${zone}:00`
    : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  return Date.parse(`${date}T${clock}${offset.toUpperCase()}`);
}

function fractionOf(text: string): string {
  return (TIME.exec(text)?.[4] ?? '.').padEnd(10, '0');
}

function compareTexts(left: string, right: string): number {
  return Number(left > right) - Number(left < right);
}
