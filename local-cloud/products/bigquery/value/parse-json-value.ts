import type { Field } from 'googlesql/field.ts';
import { parseDate, parseDatetime, parseTime, parseTimestamp } from './civil-time.ts';
import { parseDecimal } from './decimal.ts';
import type { Value } from './value.ts';

/** A cell that does not fit its column, in the words of BigQuery. */
export class ValueError extends Error {
  /** The column, with dots into records. */
  readonly location: string;

  constructor(message: string, location: string) {
    super(message);
    this.location = location;
  }
}

type Json = unknown;

/**
 * Of an object as `tabledata.insertAll` and a load of NDJSON take it: names without regard to case.
 * @throws ValueError
 */
export function parseJsonRow(
  fields: readonly Field[],
  row: Json,
  options: { readonly path?: string; readonly ignoreUnknown: boolean },
): Value[] {
  const { path = '', ignoreUnknown } = options;
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    throw new ValueError('This field is not a record.', path);
  const entries = Object.entries(row as Readonly<Record<string, unknown>>);
  const given = new Map(entries.map(([name, value]) => [name.toLowerCase(), value]));
  const values = fields.map((field) => {
    const value = given.get(field.name.toLowerCase());
    given.delete(field.name.toLowerCase());
    return parseJsonValue(field, value, { path: `${path}${field.name}`, ignoreUnknown });
  });
  const [strange] = given.keys();
  if (strange !== undefined && !ignoreUnknown)
    throw new ValueError(`no such field: ${path}${strange}.`, `${path}${strange}`);
  return values;
}

/** @throws ValueError */
export function parseJsonValue(
  field: Field,
  json: Json,
  options: { readonly path: string; readonly ignoreUnknown: boolean },
): Value {
  const { path } = options;
  if (field.mode === 'REPEATED') {
    if (json === undefined || json === null) return [];
    if (!Array.isArray(json)) throw new ValueError('Array specified for non-repeated field.', path);
    const element = { ...field, mode: 'REQUIRED' };
    return json.map((one) => parseJsonValue(element, one, options));
  }
  if (json === undefined || json === null) {
    if (field.mode !== 'REQUIRED') return null;
    throw new ValueError(`Missing required field: ${path}.`, path);
  }
  if (field.type === 'RECORD')
    return parseJsonRow(field.fields ?? [], json, { ...options, path: `${path}.` });
  if (field.type === 'JSON')
    return JSON.stringify(typeof json === 'string' ? asJson(json, path) : json);
  if (Array.isArray(json)) throw new ValueError('Array specified for non-repeated field.', path);
  if (typeof json === 'object')
    throw new ValueError('This field: ' + path + ' is not a record.', path);
  return parseScalar(field.type, json as string | number | boolean, path);
}

function asJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ValueError(`Invalid JSON: ${text}`, path);
  }
}

const parsers: Readonly<Record<string, (text: string) => Value>> = {
  STRING: (text) => text,
  INTEGER: parseInteger,
  FLOAT: parseFloatText,
  BOOLEAN: parseBoolean,
  BYTES: (text) => (/^[\w+/-]*={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null),
  DATE: parseDate,
  TIME: parseTime,
  DATETIME: parseDatetime,
  TIMESTAMP: (text) => parseTimestamp(text) ?? parseEpoch(text),
  NUMERIC: (text) => parseDecimal(text, 'NUMERIC'),
  BIGNUMERIC: (text) => parseDecimal(text, 'BIGNUMERIC'),
};

/** @throws ValueError */
export function parseScalar(type: string, value: string | number | boolean, path: string): Value {
  const text = String(value);
  const parsed = parsers[type]?.(type === 'STRING' ? text : text.trim()) ?? null;
  if (parsed !== null) return parsed;
  const shown = typeof value === 'string' ? `"${value}"` : text;
  throw new ValueError(
    `Cannot convert value to ${wordFor(type)} (bad value): ${shown.replace(/^"|"$/g, '')}`,
    path,
  );
}

function wordFor(type: string): string {
  return { FLOAT: 'double', BOOLEAN: 'boolean' }[type] ?? type.toLowerCase();
}

function parseBoolean(text: string): boolean | null {
  if (/^(true|t|yes|y|1)$/i.test(text)) return true;
  return /^(false|f|no|n|0)$/i.test(text) ? false : null;
}

function parseInteger(text: string): bigint | null {
  if (!/^[+-]?\d+(\.0*)?$/.test(text)) return null;
  const value = BigInt(text.replace(/\.0*$/, '').replace(/^\+/, ''));
  return BigInt.asIntN(64, value) === value ? value : null;
}

function parseFloatText(text: string): number | null {
  const special = { nan: NaN, inf: Infinity, '+inf': Infinity, '-inf': -Infinity };
  const lower = text.toLowerCase().replace('infinity', 'inf');
  if (lower in special) return special[lower as keyof typeof special];
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : null;
}

/** Seconds since 1970, with a fraction. */
function parseEpoch(text: string): bigint | null {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!parts) {
    const seconds = text === '' ? NaN : Number(text);
    return Number.isFinite(seconds) ? BigInt(Math.round(seconds * 1e6)) : null;
  }
  const micros = BigInt(`${parts[2]}${(parts[3] ?? '').padEnd(6, '0').slice(0, 6)}`);
  return parts[1] === '-' ? -micros : micros;
}
