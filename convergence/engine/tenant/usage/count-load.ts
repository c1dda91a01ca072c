import { checkRoom, isSameMonth } from './usage.ts';
import type { Standing, UsageCounters } from './usage.ts';

export interface LoadSize {
  readonly rows: number;
  readonly bytes: number;
}

/** What was counted for a load, and on which day of its tenant. */
export interface CountedLoad extends LoadSize {
  readonly day: string;
}

/**
 * Counts a load instead of what was counted for it before, so that repeating it changes nothing; a
 * size of zero takes it back.
 * @throws quota_exceeded when it does not fit into what is left
 */
export function countLoad(
  standing: Standing,
  earlier: CountedLoad | undefined,
  size: LoadSize,
): { usage: UsageCounters; counted: CountedLoad } {
  const { day } = standing.usage;
  const without = earlier ? takeBack(standing.usage, earlier) : standing.usage;
  checkRoom({ ...standing, usage: without }, size);
  return { usage: addLoad(without, size), counted: { day, ...size } };
}

/** What was counted on a day or in a month that is over has gone with it. */
function takeBack(usage: UsageCounters, { day, rows, bytes }: CountedLoad): UsageCounters {
  const today = day === usage.day ? 1 : 0;
  const thisMonth = isSameMonth(day, usage.day) ? 1 : 0;
  return {
    ...usage,
    rowsToday: usage.rowsToday - today * rows,
    bytesToday: usage.bytesToday - today * bytes,
    rowsThisMonth: usage.rowsThisMonth - thisMonth * rows,
    bytesThisMonth: usage.bytesThisMonth - thisMonth * bytes,
  };
}

function addLoad(usage: UsageCounters, { rows, bytes }: LoadSize): UsageCounters {
  return {
    ...usage,
    rowsToday: usage.rowsToday + rows,
    bytesToday: usage.bytesToday + bytes,
    rowsThisMonth: usage.rowsThisMonth + rows,
    bytesThisMonth: usage.bytesThisMonth + bytes,
  };
}
