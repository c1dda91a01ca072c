import type { TableField } from '@google-cloud/bigquery';

/** A value as BigQuery sends it: `f` holds the fields of a struct, a list has a `v` for each item. */
type Raw = unknown;

/**
 * A value as the warehouse port wants it: times in RFC 3339 UTC; integers that JavaScript cannot
 * hold, decimals, NaN and infinity are strings; binary is base64; JSON columns are what they hold.
 * Instants come as microseconds (`formatOptions.useInt64Timestamp`).
 */
export function toJson(raw: Raw, field: TableField): unknown {
  if (field.mode === 'REPEATED') {
    const single = { ...field, mode: 'NULLABLE' };
    return ((raw ?? []) as readonly { readonly v: Raw }[]).map(({ v }) => toJson(v, single));
  }
  if (raw === null || raw === undefined) return null;
  const type = (field.type ?? '').toUpperCase();
  if (type === 'RECORD' || type === 'STRUCT') return structOf(raw, field);
  return (READERS[type] ?? asText)(raw as string);
}

function structOf(raw: Raw, { fields = [] }: TableField): Record<string, unknown> {
  const { f } = raw as { readonly f: readonly { readonly v: Raw }[] };
  const named = fields.map(
    (field, index) => [field.name ?? '', toJson(f[index]?.v, field)] as const,
  );
  return Object.fromEntries(named);
}

const asText = (text: string): unknown => text;
const integer = (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : text);
const double = (text: string) => (Number.isFinite(Number(text)) ? Number(text) : text);
const boolean = (text: string) => text === 'true';
const plainTime = (text: string) => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  INTEGER: integer,
  INT64: integer,
  FLOAT: double,
  FLOAT64: double,
  BOOLEAN: boolean,
  BOOL: boolean,
  TIMESTAMP: instantOf,
  DATETIME: (text) => `${plainTime(text)}Z`,
  TIME: plainTime,
  JSON: parseJson,
};

/** Of microseconds, with as many digits of the second as it has. */
function instantOf(micros: string): string {
  const value = BigInt(micros);
  const fraction = ((value % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const second = new Date(Number((value - fraction) / 1000n)).toISOString().slice(0, -5);
  return `${plainTime(`${second}.${String(fraction).padStart(6, '0')}`)}Z`;
}

function parseJson(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const lost =
      typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
    return lost ? context?.source : value;
  });
}
