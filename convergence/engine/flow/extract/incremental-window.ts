import { fail } from '../../error-codes.ts';
import type { Incremental } from '../../pipeline/rest-source-spec.ts';
import { compareCursors, isNumeric, isTime, subtractLag } from './cursor-value.ts';
import type { CursorValue, CursorWindow, PageFacts } from './page-reader.ts';
import type { SourceState } from '../source.ts';

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
