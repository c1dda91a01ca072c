import type { Field } from 'googlesql/field.ts';
import { BigQueryError } from '../bigquery-error.ts';
import { quote } from '../load/duck-db.ts';

const TYPES: Readonly<Record<string, string>> = {
  STRING: 'VARCHAR',
  JSON: 'VARCHAR',
  BYTES: 'VARCHAR',
  INTEGER: 'BIGINT',
  FLOAT: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'TIMESTAMP',
  TIMESTAMP: 'VARCHAR',
  NUMERIC: 'DECIMAL(38, 9)',
};

/** How DuckDB reads the lines of an extract, and what it makes of them for a Parquet file. */
export function duckDbStruct(fields: readonly Field[]): {
  readonly columns: string;
  readonly select: string;
} {
  const columns = fields.map((field) => `${quote(field.name)}: ${quote(typeOf(field))}`);
  const select = fields.map((field) => {
    const name = `"${field.name.replaceAll('"', '""')}"`;
    if (field.mode !== 'REPEATED' && field.type === 'BYTES')
      return `from_base64(${name}) AS ${name}`;
    if (field.mode !== 'REPEATED' && field.type === 'TIMESTAMP')
      return `CAST(replace(${name}, ' UTC', '+00') AS TIMESTAMPTZ) AS ${name}`;
    return name;
  });
  return { columns: `{${columns.join(', ')}}`, select: select.join(', ') };
}

function typeOf(field: Field, isInner = false): string {
  if (field.mode === 'REPEATED') return `${typeOf({ ...field, mode: 'NULLABLE' }, true)}[]`;
  if (field.type === 'RECORD') {
    const members = (field.fields ?? []).map((one) => `"${one.name}" ${typeOf(one, true)}`);
    return `STRUCT(${members.join(', ')})`;
  }
  const type = TYPES[field.type];
  // What is in a list or a record stays as it is read, and text is neither bytes nor a time.
  const isText = field.type === 'BYTES' || field.type === 'TIMESTAMP';
  if (type !== undefined && !(isInner && isText)) return type;
  throw new BigQueryError(
    'notImplemented',
    `local-cloud does not write ${field.type} to Parquet (${field.name})${isInner ? ' within a list or a record' : ''}.`,
  );
}
