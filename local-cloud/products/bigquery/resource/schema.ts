import { legacyTypeName } from 'googlesql/field.ts';
import type { Field } from 'googlesql/field.ts';
import { BigQueryError } from '../bigquery-error.ts';
import { isModelledType } from '../value/value.ts';

/** TableFieldSchema, as far as it is kept. */
export interface SchemaField extends Field {
  readonly description?: string;
  readonly maxLength?: string;
  readonly precision?: string;
  readonly scale?: string;
  readonly fields?: readonly SchemaField[];
}

const MODES = ['NULLABLE', 'REQUIRED', 'REPEATED'];
const NOT_MODELLED = [
  'policyTags',
  'defaultValueExpression',
  'collation',
  'roundingMode',
  'rangeElementType',
];

/** With types in their old names and a mode each, as BigQuery gives them back. */
export function readFields(fields: unknown, path = ''): SchemaField[] {
  if (!Array.isArray(fields)) return [];
  const read = fields.map((field) => readField(field as Record<string, unknown>, path));
  const names = read.map(({ name }) => name.toLowerCase());
  const twice = read.find((_, at) => names.indexOf(names[at] ?? '') !== at);
  if (twice) throw new BigQueryError('invalid', `Duplicate field name: ${path}${twice.name}`);
  return read;
}

function readField(given: Readonly<Record<string, unknown>>, path: string): SchemaField {
  const { name, type = 'STRING', mode = 'NULLABLE', fields, ...rest } = given;
  if (
    typeof name !== 'string' ||
    !/^[\p{L}_][\p{L}\p{M}\p{N}\p{Pc}\p{Pd}&%=+:'<>#| ]*$/u.test(name) ||
    name.length > 300
  )
    throw new BigQueryError(
      'invalid',
      `Invalid field name "${path}${String(name)}". Fields must contain the allowed characters, and be at most 300 characters long. For allowed characters, please refer to https://cloud.google.com/bigquery/docs/schemas#column_names`,
    );
  const kind = legacyTypeName(String(type));
  const strange = NOT_MODELLED.find((key) => rest[key] !== undefined);
  if (strange !== undefined)
    throw new BigQueryError('notImplemented', `local-cloud does not model ${strange} of columns.`);
  if (!isModelledType(kind)) throw unknownType(String(type), `${path}${name}`);
  if (!MODES.includes(String(mode).toUpperCase()))
    throw new BigQueryError(
      'invalid',
      `Invalid value for mode: ${String(mode)} is not a valid value`,
    );
  if (kind === 'RECORD' && (!Array.isArray(fields) || fields.length === 0))
    throw new BigQueryError('invalid', `Field ${path}${name} is type RECORD but has no schema`);
  return {
    name,
    type: kind,
    mode: String(mode).toUpperCase(),
    ...(kind === 'RECORD' ? { fields: readFields(fields, `${path}${name}.`) } : {}),
    ...rest,
  };
}

function unknownType(type: string, name: string): BigQueryError {
  if (/^(GEOGRAPHY|INTERVAL|RANGE)$/i.test(type))
    return new BigQueryError(
      'notImplemented',
      `local-cloud does not model the type ${type} of ${name}.`,
    );
  return new BigQueryError('invalid', `Invalid value for type: ${type} is not a valid value`);
}

/** https://cloud.google.com/bigquery/docs/managing-table-schemas#change_a_columns_data_type */
const WIDENINGS: Readonly<Record<string, readonly string[]>> = {
  INTEGER: ['NUMERIC', 'BIGNUMERIC', 'FLOAT'],
  NUMERIC: ['BIGNUMERIC', 'FLOAT'],
  BIGNUMERIC: ['FLOAT'],
  DATE: ['DATETIME', 'TIMESTAMP'],
  DATETIME: [],
};

export function isWidening(from: string, to: string): boolean {
  return from === to || (WIDENINGS[from]?.includes(to) ?? false);
}

/**
 * Refuses all changes of a schema but those that BigQuery takes with tables.update and tables.patch:
 * columns are added (nullable or repeated) and relaxed, and columns of tables are not reordered.
 */
export function requireCompatible(
  before: readonly SchemaField[],
  after: readonly SchemaField[],
  table: string,
): void {
  const refuse = (why: string): never => {
    throw new BigQueryError('invalid', `Provided Schema does not match Table ${table}. ${why}`);
  };
  compareFields(before, after, { path: '', refuse });
}

interface Comparing {
  readonly path: string;
  readonly refuse: (why: string) => never;
}

function compareFields(
  before: readonly SchemaField[],
  after: readonly SchemaField[],
  { path, refuse }: Comparing,
): void {
  const next = new Map(after.map((field) => [field.name.toLowerCase(), field]));
  for (const old of before) {
    const name = `${path}${old.name}`;
    const field = next.get(old.name.toLowerCase());
    if (!field) return refuse(`Field ${name} is missing in new schema`);
    next.delete(old.name.toLowerCase());
    if (field.type !== old.type)
      refuse(`Field ${name} has changed type from ${old.type} to ${field.type}`);
    const isRelaxed = old.mode === 'REQUIRED' && field.mode === 'NULLABLE';
    if (field.mode !== old.mode && !isRelaxed)
      refuse(`Field ${name} has changed mode from ${old.mode} to ${field.mode}`);
    compareFields(old.fields ?? [], field.fields ?? [], { path: `${name}.`, refuse });
  }
  for (const field of next.values()) {
    if (field.mode === 'REQUIRED')
      refuse(`Cannot add required fields to an existing schema. (field: ${path}${field.name})`);
  }
}
