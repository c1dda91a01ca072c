import { parseDate, parseDatetime, parseTime, parseTimestamp } from '../value/civil-time.ts';
import type { SchemaField } from '../resource/schema.ts';

/** https://cloud.google.com/bigquery/docs/schema-detect: from the first 500 rows. */
export function inferJson(rows: readonly unknown[]): SchemaField[] {
  const values = new Map<string, unknown[]>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row ?? {})) {
      const known = values.get(name) ?? [];
      if (value !== null) known.push(value);
      values.set(name, known);
    }
  }
  return [...values].map(([name, found]) => inferField(name, found));
}

function inferField(name: string, values: readonly unknown[]): SchemaField {
  if (values.some(Array.isArray)) {
    const elements = values.flatMap((value) =>
      Array.isArray(value) ? (value as unknown[]) : [value],
    );
    return { ...inferField(name, elements), mode: 'REPEATED' };
  }
  if (values.some((value) => typeof value === 'object'))
    return { name, type: 'RECORD', mode: 'NULLABLE', fields: inferJson(values) };
  return { name, type: inferType(values), mode: 'NULLABLE' };
}

const TEXTS: readonly (readonly [string, (text: string) => unknown])[] = [
  ['INTEGER', (text) => (/^[+-]?\d{1,18}$/.test(text) ? true : null)],
  ['FLOAT', (text) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? true : null)],
  ['BOOLEAN', (text) => (/^(true|false)$/i.test(text) ? true : null)],
  ['DATE', parseDate],
  ['TIME', parseTime],
  [
    'TIMESTAMP',
    (text) =>
      /[\d](Z|UTC|[+-]\d\d(:?\d\d)?)$/i.test(text) && text.length > 10
        ? parseTimestamp(text)
        : null,
  ],
  ['DATETIME', parseDatetime],
];

/** The first type that takes all of them. */
export function inferType(values: readonly unknown[]): string {
  if (values.length === 0) return 'STRING';
  if (values.every((value) => typeof value === 'boolean')) return 'BOOLEAN';
  if (values.every((value) => typeof value === 'number'))
    return values.every(Number.isInteger) ? 'INTEGER' : 'FLOAT';
  const fits = TEXTS.find(([, parse]) => values.every((value) => parse(String(value)) !== null));
  return fits?.[0] ?? 'STRING';
}
