const DAY_MS = 86_400_000;
const MICROS = 1_000_000n;

/** Days since 1970; null when there is no such day in the years 1 to 9999. */
export function parseDate(text: string): number | null {
  const parts = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (!parts) return null;
  const [year = 0, month = 0, day = 0] = parts.slice(1).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year > 0;
  return isReal ? date.getTime() / DAY_MS : null;
}

export function formatDate(days: number): string {
  const date = new Date(days * DAY_MS);
  const parts = [date.getUTCMonth() + 1, date.getUTCDate()].map((part) => pad(part, 2));
  return [pad(date.getUTCFullYear(), 4), ...parts].join('-');
}

/** Microseconds since midnight. */
export function parseTime(text: string): bigint | null {
  const parts = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?$/.exec(text);
  if (!parts) return null;
  const [hour = 0, minute = 0, second = 0] = parts.slice(1, 4).map(Number);
  // 60 is a leap second, which BigQuery takes as the next one's beginning.
  if (hour > 23 || minute > 59 || second > 60) return null;
  const micros = BigInt((parts[4] ?? '').padEnd(6, '0').slice(0, 6));
  return BigInt(hour * 3600 + minute * 60 + second) * MICROS + micros;
}

/** The fraction is left out when it is nothing. */
export function formatTime(micros: bigint): string {
  const seconds = Number(micros / MICROS);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const fraction = micros % MICROS;
  const shown = parts.map((part) => pad(part, 2)).join(':');
  return fraction === 0n ? shown : `${shown}.${pad(fraction, 6)}`;
}

/** Microseconds since 1970, of a civil time without zone. */
export function parseDatetime(text: string): bigint | null {
  const parts = /^(\d{4}-\d{1,2}-\d{1,2})(?:[T ](\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?))?$/i.exec(text);
  const days = parseDate(parts?.[1] ?? '');
  const time = parts?.[2] === undefined ? 0n : parseTime(parts[2]);
  return days === null || time === null ? null : BigInt(days) * DAY_MICROS + time;
}

export function formatDatetime(micros: bigint): string {
  const { days, rest } = splitDays(micros);
  return `${formatDate(days)}T${formatTime(rest)}`;
}

const ZONE = /\s*(Z|UTC|[+-]\d{1,2}(?::?\d{2})?)$/i;

/** Microseconds since 1970, of a time with a zone; without one UTC is meant. */
export function parseTimestamp(text: string): bigint | null {
  const zone = ZONE.exec(text.slice(10))?.[1];
  const civil = zone === undefined ? text : text.slice(0, 10) + text.slice(10).replace(ZONE, '');
  const micros = parseDatetime(civil.trim());
  return micros === null ? null : micros - offsetMicros(zone);
}

function offsetMicros(zone: string | undefined): bigint {
  const parts = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone ?? '');
  if (!parts) return 0n;
  const minutes = Number(parts[2]) * 60 + Number(parts[3] ?? 0);
  return BigInt(parts[1] === '-' ? -minutes : minutes) * 60n * MICROS;
}

const DAY_MICROS = BigInt(DAY_MS) * 1000n;

export function splitDays(micros: bigint): { readonly days: number; readonly rest: bigint } {
  const rest = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  return { days: Number((micros - rest) / DAY_MICROS), rest };
}

function pad(value: number | bigint, width: number): string {
  return String(value).padStart(width, '0');
}
