import type { Freeze } from '../service/rollout-spec.ts';

const MINUTES_A_DAY = 24 * 60;
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** The freeze that holds at a moment; null when things may be shipped. */
export function frozenAt(freezes: readonly Freeze[], at: Date): Freeze | null {
  return freezes.find((freeze) => holds(freeze, at)) ?? null;
}

function holds(freeze: Freeze, at: Date): boolean {
  if (freeze.kind === 'once') {
    return at >= new Date(freeze.from) && at < new Date(freeze.until);
  }
  const minute = minuteOfWeek(at, freeze.zone);
  const { fromMinute, untilMinute } = freeze;
  if (fromMinute <= untilMinute) return minute >= fromMinute && minute < untilMinute;
  return minute >= fromMinute || minute < untilMinute;
}

/** Since Monday 00:00 in the zone. */
function minuteOfWeek(at: Date, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  const day = DAYS.indexOf(part('weekday'));
  return day * MINUTES_A_DAY + Number(part('hour')) * 60 + Number(part('minute'));
}

/** `until 2027-01-02T00:00:00.000Z (holidays)`, `each week until Mon 07:00 Europe/Berlin (…)`. */
export function formatFreeze(freeze: Freeze): string {
  if (freeze.kind === 'once') return `until ${freeze.until} (${freeze.reason})`;
  const { untilMinute, zone, reason } = freeze;
  const day = DAYS[Math.floor(untilMinute / MINUTES_A_DAY)] ?? '';
  const hours = String(Math.floor(untilMinute / 60) % 24).padStart(2, '0');
  const minutes = String(untilMinute % 60).padStart(2, '0');
  return `each week until ${day} ${hours}:${minutes} ${zone} (${reason})`;
}
