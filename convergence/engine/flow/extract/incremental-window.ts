import { fail } from '../../error-codes.ts';
import type { Incremental } from '../../pipeline/spec/rest-source-spec.ts';
import type { CursorValue, CursorWindow, PageFacts } from './page-reader.ts';
import type { SourceState } from '../source.ts';
import { parseDuration } from 'base/duration.ts';

/** How far the cursor of a resource got. */
export interface CursorProgress {
  readonly max: CursorValue | null;
  /** Digests of the records at `max`, so that the next load does not take them twice. */
  readonly atMax: readonly string[];
}

/** The records that a load wants: those after the last one, or those of a given range. */
export function openWindow(incremental: Incremental, state: SourceState | null): CursorWindow {
  const last = progressOf(state);
  const initial = scalarBound(incremental.initial_value, 'initial_value');
  const end = scalarBound(incremental.end_value, 'end_value');
  const start =
    end === null && last.max !== null ? resumeFrom(last.max, initial, incremental) : initial;
  return {
    path: incremental.cursor_path,
    start,
    end,
    rangeStart: incremental.range_start,
    rangeEnd: incremental.range_end,
    onMissing: incremental.on_cursor_value_missing,
    seen: start === last.max && incremental.range_start === 'closed' ? last.atMax : [],
  };
}

/** The cursor after a page. It never moves back. */
export function advance(progress: CursorProgress, facts: PageFacts): CursorProgress {
  if (facts.cursorMax === null) return progress;
  const order = progress.max === null ? 1 : compareCursors(facts.cursorMax, progress.max);
  if (order < 0) return progress;
  if (order > 0) return { max: facts.cursorMax, atMax: facts.atCursorMax };
  return { max: progress.max, atMax: [...new Set([...progress.atMax, ...facts.atCursorMax])] };
}

/**
 * The state after a load. A range with an `end_value` is a backfill, which leaves the running
 * cursor alone, as in dlt.
 */
export function stateAfter(
  incremental: Incremental | undefined,
  state: SourceState | null,
  progress: CursorProgress,
): SourceState {
  if (!incremental || scalarBound(incremental.end_value, 'end_value') !== null) return state ?? {};
  return progress.max === null ? {} : { cursor: progress.max, at_cursor: progress.atMax };
}

/** Where the last load ended. */
export function progressOf(state: SourceState | null): CursorProgress {
  const max = state?.cursor;
  if (typeof max !== 'string' && typeof max !== 'number') return { max: null, atMax: [] };
  return { max, atMax: Array.isArray(state?.at_cursor) ? state.at_cursor.map(String) : [] };
}

/** In sorted pages, whether all that follow lie outside of the window. */
export function isPastWindow(
  order: Incremental['row_order'],
  window: CursorWindow,
  facts: PageFacts,
): boolean {
  if (order === 'asc' && window.end !== null && facts.cursorMax !== null) {
    return compareCursors(facts.cursorMax, window.end) > 0;
  }
  if (order === 'desc' && window.start !== null && facts.cursorMin !== null) {
    return compareCursors(facts.cursorMin, window.start) < 0;
  }
  return false;
}

/** Values for `{incremental.…}`. */
export function incrementalBindings(
  incremental: Incremental,
  window: CursorWindow,
  state: SourceState | null,
): Record<string, CursorValue | null> {
  return {
    'incremental.initial_value': scalarBound(incremental.initial_value, 'initial_value'),
    'incremental.start_value': window.start,
    'incremental.last_value': progressOf(state).max ?? window.start,
    'incremental.end_value': window.end,
  };
}

/** The lag does not reach behind the initial value, as in dlt. */
function resumeFrom(
  last: CursorValue,
  initial: CursorValue | null,
  incremental: Incremental,
): CursorValue {
  if (incremental.lag === undefined) return last;
  const start = subtractLag(last, incremental.lag);
  if (initial === null || compareCursors(last, initial) < 0) return start;
  return compareCursors(start, initial) < 0 ? initial : start;
}

function scalarBound(value: Incremental['initial_value'], name: string): CursorValue | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'boolean') return value;
  throw fail(
    'config_invalid',
    `'${name}' is ${value}, but a cursor is a number, date, time or text`,
  );
}

export type CursorKind = 'number' | 'time' | 'text';

/**
 * How the cursors of a page compare: as the bounds of the window do, else as all of them can. A
 * text bound of digits goes with numbers, because integers beyond 2^53 are kept as texts.
 */
export function chooseCursorKind(
  window: Pick<CursorWindow, 'start' | 'end'>,
  counts: { present: number; numbers: number; times: number },
): CursorKind {
  const bounds = [window.start, window.end].filter((bound) => bound !== null);
  const allNumbers = counts.numbers === counts.present && counts.present > 0;
  if (bounds.some((bound) => typeof bound === 'number')) return 'number';
  if (allNumbers && bounds.every(isNumeric)) return 'number';
  if (bounds.length > 0) return bounds.every(isTime) ? 'time' : 'text';
  return counts.times === counts.present && counts.present > 0 ? 'time' : 'text';
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:([T ])(\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;
const DAY_MS = 86_400_000;

/** Whether a cursor is a date or time of ISO 8601, as sources write them. */
function isTime(value: CursorValue): value is string {
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

function isNumeric(value: CursorValue): boolean {
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
