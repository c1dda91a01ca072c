import { BigQueryError } from '../bigquery-error.ts';
import { readFields } from '../resource/schema.ts';
import type { SchemaField } from '../resource/schema.ts';

export interface ParquetOptions {
  readonly enableListInference: boolean;
  readonly decimalTargetTypes: readonly string[];
}

interface Column {
  readonly name: string;
  /** As DuckDB writes it. */
  readonly type: string;
}

const TYPES: Readonly<Record<string, string>> = {
  BOOLEAN: 'BOOLEAN',
  TINYINT: 'INTEGER',
  SMALLINT: 'INTEGER',
  INTEGER: 'INTEGER',
  BIGINT: 'INTEGER',
  UTINYINT: 'INTEGER',
  USMALLINT: 'INTEGER',
  UINTEGER: 'INTEGER',
  UBIGINT: 'INTEGER',
  FLOAT: 'FLOAT',
  DOUBLE: 'FLOAT',
  VARCHAR: 'STRING',
  JSON: 'JSON',
  BLOB: 'BYTES',
  DATE: 'DATE',
  TIME: 'TIME',
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMP',
  TIMESTAMP: 'DATETIME',
  TIMESTAMP_S: 'DATETIME',
  TIMESTAMP_MS: 'DATETIME',
  TIMESTAMP_NS: 'DATETIME',
};

/** https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-parquet#parquet_conversions */
export function parquetFields(
  columns: readonly Column[],
  options: ParquetOptions,
  file: string,
): SchemaField[] {
  return readFields(columns.map((column) => fieldOf(column, options, file)));
}

function fieldOf({ name, type }: Column, options: ParquetOptions, file: string): SchemaField {
  if (type.endsWith('[]')) {
    const element = fieldOf({ name, type: type.slice(0, -2) }, options, file);
    if (options.enableListInference) return { ...element, mode: 'REPEATED' };
    const list = {
      name: 'list',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [{ ...element, name: 'element' }],
    };
    return { name, type: 'RECORD', mode: 'NULLABLE', fields: [list] };
  }
  const mode = 'NULLABLE';
  const members = /^STRUCT\((.*)\)$/s.exec(type)?.[1];
  if (members !== undefined)
    return {
      name,
      type: 'RECORD',
      mode,
      fields: splitMembers(members).map((one) => fieldOf(one, options, file)),
    };
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(type);
  if (decimal)
    return { name, mode, ...decimalType(Number(decimal[1]), Number(decimal[2]), options) };
  const known = TYPES[type];
  if (known !== undefined) return { name, type: known, mode };
  throw new BigQueryError(
    'notImplemented',
    `local-cloud does not read ${type} of the Parquet column ${name} (${file}).`,
  );
}

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationLoad.FIELDS.decimal_target_types */
function decimalType(precision: number, scale: number, { decimalTargetTypes }: ParquetOptions) {
  const whole = precision - scale;
  const fits: Readonly<Record<string, boolean>> = {
    NUMERIC: whole <= 29 && scale <= 9,
    BIGNUMERIC: whole <= 38 && scale <= 38,
    STRING: true,
  };
  const order = ['NUMERIC', 'BIGNUMERIC', 'STRING'].filter((type) =>
    decimalTargetTypes.includes(type),
  );
  return { type: order.find((type) => fits[type]) ?? order.at(-1) ?? 'NUMERIC' };
}

/** `a INTEGER, "b c" STRUCT(d VARCHAR, e DECIMAL(3,1))` at its outer commas. */
function splitMembers(text: string): Column[] {
  const members: string[] = [];
  let [depth, isQuoted, start] = [0, false, 0];
  for (const [at, character] of text.split('').entries()) {
    if (character === '"') isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === ',' && depth === 0) {
      members.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...members, text.slice(start)].map((member) => {
    const [, quoted, plain, type = ''] =
      /^\s*(?:"((?:[^"]|"")*)"|(\S+))\s+(.*)$/s.exec(member) ?? [];
    return { name: quoted?.replaceAll('""', '"') ?? plain ?? '', type: type.trim() };
  });
}
