import type { Scalar } from '../../pipeline/spec/scalar-spec.ts';

/** How a value of a rule is compared with a column of a type; `all others` cannot be. */
export type Comparison = 'number' | 'text' | 'boolean' | 'date' | 'time' | 'timestamp' | 'instant';

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  bigint: 'number',
  double: 'number',
  decimal: 'number',
  text: 'text',
  uuid: 'text',
  json: 'text',
  boolean: 'boolean',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'instant',
};

/** By the kind of a column's type. */
export function comparisonOf({ kind }: { readonly kind: string }): Comparison | null {
  return COMPARISONS[kind] ?? null;
}

const DAY = String.raw`\d{4}-\d{2}-\d{2}`;
const TIME = String.raw`\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?`;
const FORMS = {
  number: /^[+-]?\d{1,38}(?:\.\d{1,38})?(?:[eE][+-]?\d{1,3})?$/,
  boolean: /^(?:true|false)$/i,
  date: new RegExp(`^${DAY}$`),
  time: new RegExp(`^${TIME}$`),
  timestamp: new RegExp(`^${DAY}(?:[T ]${TIME})?$`),
  instant: new RegExp(`^${DAY}(?:[T ]${TIME}(?:Z|[+-]\\d{2}(?::?\\d{2})?)?)?$`),
};

/** What such a value looks like, for messages. */
export const EXPECTED: Readonly<Record<Comparison, string>> = {
  number: 'a number',
  text: 'a text',
  boolean: 'true or false',
  date: 'a date as 2026-01-31',
  time: 'a time as 13:45:00',
  timestamp: 'a timestamp as 2026-01-31 13:45:00',
  instant: 'a timestamp as 2026-01-31T13:45:00Z',
};

/**
 * A value as the text of a literal that compares with a column without any cast of the column, times
 * with seconds and instants with a zone (UTC where there is none); null when it is no such value.
 */
export function valueText(value: NonNullable<Scalar>, comparison: Comparison): string | null {
  const text = String(value);
  if (comparison === 'text') return text;
  if (comparison === 'number') {
    return typeof value !== 'boolean' && FORMS.number.test(text) ? text : null;
  }
  if (!FORMS[comparison].test(text) || !isInCalendar(text, comparison)) return null;
  if (comparison === 'boolean') return text.toLowerCase();
  return comparison === 'instant' ? withZone(text) : withSeconds(text);
}

/** Date.parse takes February 30 for March 2. */
function isInCalendar(text: string, comparison: Comparison): boolean {
  if (comparison === 'boolean') return true;
  const day = comparison === 'time' ? '2000-01-01' : text.slice(0, 10);
  const time = comparison === 'time' ? text : text.slice(11).replace(/(?:Z|[+-].*)$/, '');
  const at = new Date(`${day}T${time || '00:00'}Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}

function withSeconds(text: string): string {
  return /(?:^|[T ])\d{2}:\d{2}$/.test(text) ? `${text}:00` : text;
}

/** 2026-01-31T13:45+0530 as 2026-01-31T13:45:00+05:30. */
function withZone(text: string): string {
  if (text.length === 10) return `${text} 00:00:00+00`;
  const [, time = text, zone = '+00'] = /^(.{11}.*?)(Z|[+-]\d{2}(?::?\d{2})?)$/.exec(text) ?? [];
  return withSeconds(time) + zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
}
