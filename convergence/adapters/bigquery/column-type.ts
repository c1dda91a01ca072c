import type { TableField } from '@google-cloud/bigquery';
import type { Column, ColumnType, ScalarKind } from '../../engine/flow/normalize/column.ts';
import { quoteName } from './sql-text.ts';

/** Types of the REST API, which writes INTEGER for INT64 and RECORD for STRUCT. */
const TYPE_NAMES: Readonly<Record<Exclude<ScalarKind, 'uuid'>, string>> = {
  boolean: 'BOOLEAN',
  bigint: 'INTEGER',
  double: 'FLOAT',
  text: 'STRING',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'DATETIME',
  timestamptz: 'TIMESTAMP',
  binary: 'BYTES',
  json: 'JSON',
};

/** Both spellings of each. Types without a row here (GEOGRAPHY, INTERVAL, RANGE) are read as text. */
const KINDS: Readonly<Record<string, ScalarKind>> = {
  BOOLEAN: 'boolean',
  BOOL: 'boolean',
  INTEGER: 'bigint',
  INT64: 'bigint',
  FLOAT: 'double',
  FLOAT64: 'double',
  STRING: 'text',
  DATE: 'date',
  TIME: 'time',
  DATETIME: 'timestamp',
  TIMESTAMP: 'timestamptz',
  BYTES: 'binary',
  JSON: 'json',
};

/** BigQuery has no type for them: they are texts that are declared to be that long. */
const UUID_LENGTH = '36';
/** NUMERIC has as many digits behind the point, and as many before it. */
const NUMERIC = { scale: 9, whole: 29 };

/** The type of the engine for a column of BigQuery. */
export function fromField(field: TableField): ColumnType {
  if (field.mode === 'REPEATED') {
    return { kind: 'array', element: fromField({ ...field, mode: 'NULLABLE' }) };
  }
  const type = (field.type ?? '').toUpperCase();
  if (type === 'RECORD' || type === 'STRUCT') {
    return { kind: 'struct', fields: (field.fields ?? []).map(columnOf) };
  }
  if (/^(?:BIG)?(?:NUMERIC|DECIMAL)$/.test(type)) return decimalOf(field);
  if (type === 'STRING' && field.maxLength === UUID_LENGTH) return { kind: 'uuid' };
  return { kind: KINDS[type] ?? 'text' };
}

export function columnOf(field: TableField): Column {
  const { name = '', mode } = field;
  return { name, type: fromField(field), ...(mode === 'REQUIRED' && { nullable: false }) };
}

/** Without parameters NUMERIC has 38 digits, 9 of them behind the point; BIGNUMERIC has more. */
function decimalOf({ precision, scale }: TableField): ColumnType {
  if (precision === undefined) return { kind: 'decimal', precision: 38, scale: 9 };
  return { kind: 'decimal', precision: Number(precision), scale: Number(scale ?? 0) };
}

/** The column as BigQuery stores it, for a type that it can hold: see `storableType`. */
export function toField(name: string, type: ColumnType): TableField {
  const mode = 'NULLABLE';
  if (type.kind === 'array') return { ...toField(name, type.element), mode: 'REPEATED' };
  if (type.kind === 'struct') {
    const fields = type.fields.map((field) => toField(field.name, field.type));
    return { name, type: 'RECORD', mode, fields };
  }
  if (type.kind === 'decimal') {
    const [precision, scale] = [String(type.precision), String(type.scale)];
    return { name, type: isNumeric(type) ? 'NUMERIC' : 'BIGNUMERIC', mode, precision, scale };
  }
  if (type.kind === 'uuid') return { name, type: 'STRING', mode, maxLength: UUID_LENGTH };
  return { name, type: TYPE_NAMES[type.kind], mode };
}

function isNumeric({ precision, scale }: { precision: number; scale: number }): boolean {
  return scale <= NUMERIC.scale && precision - scale <= NUMERIC.whole;
}

/** The type as GoogleSQL writes it; `exact` with its digits and lengths, as columns are declared. */
export function toSqlType(type: ColumnType, { exact } = { exact: false }): string {
  if (type.kind === 'array') return `ARRAY<${toSqlType(type.element, { exact })}>`;
  if (type.kind === 'struct') {
    const fields = type.fields.map(
      ({ name, type }) => `${quoteName(name)} ${toSqlType(type, { exact })}`,
    );
    return `STRUCT<${fields.join(', ')}>`;
  }
  if (type.kind === 'uuid' && exact) return `STRING(${UUID_LENGTH})`;
  if (type.kind !== 'decimal') return SQL_NAMES[type.kind];
  const digits = exact ? `(${type.precision}, ${type.scale})` : '';
  return `${isNumeric(type) ? 'NUMERIC' : 'BIGNUMERIC'}${digits}`;
}

const SQL_NAMES: Readonly<Record<ScalarKind, string>> = {
  ...TYPE_NAMES,
  boolean: 'BOOL',
  bigint: 'INT64',
  double: 'FLOAT64',
  uuid: 'STRING',
};

/** https://cloud.google.com/bigquery/docs/nested-repeated */
const MAX_DEPTH = 15;

/**
 * The type, with what BigQuery cannot hold as `json`: arrays of arrays, structs without a field or
 * with fields whose names BigQuery does not take, and what is nested too deep.
 */
export function storableType(type: ColumnType, depth = 1): ColumnType {
  if (type.kind === 'array') {
    const element = storableType(type.element, depth);
    return element.kind === 'array' ? { kind: 'json' } : { kind: 'array', element };
  }
  if (type.kind !== 'struct') return type;
  if (depth > MAX_DEPTH || !areFieldNames(type.fields.map(({ name }) => name))) {
    return { kind: 'json' };
  }
  const fields = type.fields.map(({ name, type }) => ({
    name,
    type: storableType(type, depth + 1),
  }));
  return { kind: 'struct', fields };
}

const FIELD_NAME = /^[a-z_][a-z0-9_]{0,299}$/i;
/** https://cloud.google.com/bigquery/docs/schemas#column_names */
const RESERVED = /^(?:_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER)/i;

function areFieldNames(names: readonly string[]): boolean {
  if (names.length === 0) return false;
  const different = new Set(names.map((name) => name.toLowerCase()));
  if (different.size < names.length) return false;
  return names.every((name) => FIELD_NAME.test(name) && !RESERVED.test(name));
}
