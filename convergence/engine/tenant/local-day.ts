const formatters = new Map<string, Intl.DateTimeFormat>();

/** Farther away than the end of any month. */
const LONGEST_SEARCH_MS = 33 * 24 * 3_600_000;

/** The date in a time zone of the IANA database, as `2026-03-29`. */
export function localDay(instant: Date, timeZone: string): string {
  return formatterOf(timeZone).format(instant);
}

/** True when `timeZone` is a name that this runtime knows. */
export function isTimeZone(timeZone: string): boolean {
  try {
    formatterOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

/** The first second after a day there: not 00:00 where clocks are changed at midnight. */
export function endOfDay(day: string, now: Date, timeZone: string): Date {
  return firstInstant(now, (candidate) => localDay(candidate, timeZone) > day);
}

/** The first second after the month of a day there. */
export function endOfMonth(day: string, now: Date, timeZone: string): Date {
  const month = day.slice(0, 7);
  return firstInstant(now, (candidate) => localDay(candidate, timeZone).slice(0, 7) > month);
}

/** Binary search to the second. */
function firstInstant(after: Date, isReached: (candidate: Date) => boolean): Date {
  let before = Math.floor(after.getTime() / 1000);
  let reached = before + LONGEST_SEARCH_MS / 1000;
  while (reached - before > 1) {
    const middle = Math.floor((before + reached) / 2);
    if (isReached(new Date(middle * 1000))) reached = middle;
    else before = middle;
  }
  return new Date(reached * 1000);
}

/** Making one takes 50 times as long as using it. en-CA writes dates as ISO 8601 does. */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  formatters.set(timeZone, made);
  return made;
}
