import { Cron } from 'croner';

/** A schedule in unix-cron, in a time zone; both as they were asked for, empty when not. */
export interface Timetable {
  readonly schedule: string;
  readonly timeZone: string;
}

/** The first time after `since`; null when the timetable cannot be read or never comes. */
export function nextRun({ schedule, timeZone }: Timetable, since: Date): Date | null {
  try {
    const timezone = timeZone === '' ? 'UTC' : timeZone;
    return new Cron(schedule, { mode: '5-part', paused: true, timezone }).nextRun(since);
  } catch {
    return null;
  }
}
