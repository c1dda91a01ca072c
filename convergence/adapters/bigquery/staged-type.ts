import type { TableField } from '@google-cloud/bigquery';
import type { ColumnType } from '../../engine/flow/normalize/column.ts';
import { toField } from './column-type.ts';
import { quoteName } from './sql-text.ts';

/**
 * The column of a staging table: what BigQuery reads from the Parquet files of `StagedParts`. It loads
 * no JSON from Parquet for certain, and reads all times of it as instants.
 * https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-parquet#type_conversions
 */
export function stagedField(name: string, type: ColumnType): TableField {
  return toField(name, stagedType(type));
}

function stagedType(type: ColumnType): ColumnType {
  if (type.kind === 'array') return { kind: 'array', element: stagedType(type.element) };
  if (type.kind === 'struct') {
    const fields = type.fields.map(({ name, type }) => ({ name, type: stagedType(type) }));
    return { kind: 'struct', fields };
  }
  if (type.kind === 'timestamp') return { kind: 'timestamptz' };
  return type.kind === 'json' || type.kind === 'uuid' || type.kind === 'time'
    ? { kind: 'text' }
    : type;
}

/** An expression that makes of a value of a staging table that of the published one. */
export function publishedValue(value: string, type: ColumnType, depth = 0): string {
  // Numbers that neither 64 bits nor a double hold are rounded; else such a row would stop its load.
  if (type.kind === 'json') return `PARSE_JSON(${value}, wide_number_mode => 'round')`;
  if (type.kind === 'timestamp') return `DATETIME(${value}, 'UTC')`;
  if (type.kind === 'time') return `CAST(${value} AS TIME)`;
  if (isLoadedAsIs(type)) return value;
  if (type.kind === 'array') {
    const [one, place] = [`one_${depth}`, `place_${depth}`];
    const inner = publishedValue(one, type.element, depth + 1);
    return `ARRAY(SELECT ${inner} FROM UNNEST(${value}) AS ${one} WITH OFFSET AS ${place} ORDER BY ${place})`;
  }
  if (type.kind !== 'struct') return value;
  const fields = type.fields.map(({ name, type }) => {
    const field = quoteName(name);
    return `${publishedValue(`${value}.${field}`, type, depth)} AS ${field}`;
  });
  return `IF(${value} IS NULL, NULL, STRUCT(${fields.join(', ')}))`;
}

function isLoadedAsIs(type: ColumnType): boolean {
  if (type.kind === 'array') return isLoadedAsIs(type.element);
  if (type.kind === 'struct') return type.fields.every((field) => isLoadedAsIs(field.type));
  return !['json', 'timestamp', 'time'].includes(type.kind);
}
