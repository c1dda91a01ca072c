import type { Field } from 'googlesql/field.ts';
import { formatDate, formatDatetime, formatTime } from './civil-time.ts';
import { formatDecimal } from './decimal.ts';
import type { Value } from './value.ts';

export interface CellOptions {
  /** Timestamps as microseconds; else as seconds with a fraction, in the digits of a double. */
  readonly useInt64Timestamp: boolean;
}

/** As `tabledata.list` and `jobs.getQueryResults` write it: `{f: [{v}, …]}`. */
export function renderRow(
  fields: readonly Field[],
  values: readonly Value[],
  options: CellOptions,
): object {
  return { f: fields.map((field, at) => ({ v: renderCell(field, values[at] ?? null, options) })) };
}

function renderCell(field: Field, value: Value, options: CellOptions): unknown {
  if (field.mode === 'REPEATED') {
    const element = { ...field, mode: 'NULLABLE' };
    const elements = (value ?? []) as readonly Value[];
    return elements.map((one) => ({ v: renderCell(element, one, options) }));
  }
  if (value === null) return null;
  if (field.type === 'RECORD') return renderRow(field.fields ?? [], value as Value[], options);
  if (field.type === 'TIMESTAMP') return renderTimestamp(value as bigint, options);
  return formatScalar(field.type, value);
}

function renderTimestamp(micros: bigint, { useInt64Timestamp }: CellOptions): string {
  if (useInt64Timestamp) return String(micros);
  const [digits = '0', exponent = '0'] = (Number(micros) / 1e6).toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

/** The text of a value that is neither null, nor repeated, nor a record, nor a timestamp. */
export function formatScalar(type: string, value: Value): string {
  if (type === 'FLOAT') return formatFloat(value as number);
  if (type === 'BYTES') return Buffer.from(value as Uint8Array).toString('base64');
  if (type === 'DATE') return formatDate(value as number);
  if (type === 'TIME') return formatTime(value as bigint);
  if (type === 'DATETIME') return formatDatetime(value as bigint);
  if (type === 'NUMERIC' || type === 'BIGNUMERIC') return formatDecimal(value as bigint, type);
  return String(value);
}

function formatFloat(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(1) : String(value);
}
