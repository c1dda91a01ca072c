import { DuckDBTypeId } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBStructType, DuckDBType } from '@duckdb/node-api';
import type { Column, ColumnType, ScalarKind } from '../../engine/flow/normalize/column.ts';
import { identifier } from './run-sql.ts';

const SQL_NAMES: Readonly<Record<ScalarKind, string>> = {
  boolean: 'BOOLEAN',
  bigint: 'BIGINT',
  double: 'DOUBLE',
  text: 'VARCHAR',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMPTZ',
  uuid: 'UUID',
  binary: 'BLOB',
  json: 'JSON',
};

/** Types without a row here (intervals, bit strings, enums, times with a zone) are read as text. */
const KINDS: Readonly<Partial<Record<DuckDBTypeId, ScalarKind>>> = {
  [DuckDBTypeId.BOOLEAN]: 'boolean',
  [DuckDBTypeId.TINYINT]: 'bigint',
  [DuckDBTypeId.SMALLINT]: 'bigint',
  [DuckDBTypeId.INTEGER]: 'bigint',
  [DuckDBTypeId.BIGINT]: 'bigint',
  [DuckDBTypeId.UTINYINT]: 'bigint',
  [DuckDBTypeId.USMALLINT]: 'bigint',
  [DuckDBTypeId.UINTEGER]: 'bigint',
  [DuckDBTypeId.FLOAT]: 'double',
  [DuckDBTypeId.DOUBLE]: 'double',
  [DuckDBTypeId.DATE]: 'date',
  [DuckDBTypeId.TIME]: 'time',
  [DuckDBTypeId.TIME_NS]: 'time',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_S]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_MS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_NS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamptz',
  [DuckDBTypeId.UUID]: 'uuid',
  [DuckDBTypeId.BLOB]: 'binary',
  [DuckDBTypeId.MAP]: 'json',
  [DuckDBTypeId.UNION]: 'json',
  [DuckDBTypeId.VARIANT]: 'json',
};

const EXACT: Readonly<Record<ScalarKind, DuckDBTypeId>> = {
  boolean: DuckDBTypeId.BOOLEAN,
  bigint: DuckDBTypeId.BIGINT,
  double: DuckDBTypeId.DOUBLE,
  text: DuckDBTypeId.VARCHAR,
  date: DuckDBTypeId.DATE,
  time: DuckDBTypeId.TIME,
  timestamp: DuckDBTypeId.TIMESTAMP,
  timestamptz: DuckDBTypeId.TIMESTAMP_TZ,
  uuid: DuckDBTypeId.UUID,
  binary: DuckDBTypeId.BLOB,
  json: DuckDBTypeId.VARCHAR,
};

const WIDE_INTEGERS: readonly DuckDBTypeId[] = [
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
];

/** The type of the engine for a type of DuckDB. */
export function fromDuckdbType(type: DuckDBType): ColumnType {
  if (type.alias === 'JSON') return { kind: 'json' };
  if (type.typeId === DuckDBTypeId.DECIMAL) {
    return { kind: 'decimal', precision: type.width, scale: type.scale };
  }
  if (type.typeId === DuckDBTypeId.LIST || type.typeId === DuckDBTypeId.ARRAY) {
    return { kind: 'array', element: fromDuckdbType(type.valueType) };
  }
  if (type.typeId === DuckDBTypeId.STRUCT) return structOf(type);
  if (WIDE_INTEGERS.includes(type.typeId)) return { kind: 'decimal', precision: 38, scale: 0 };
  return { kind: KINDS[type.typeId] ?? 'text' };
}

function structOf({ entryNames, entryTypes }: DuckDBStructType): ColumnType {
  const fields = entryTypes.map((type, index) => ({
    name: entryNames[index] ?? '',
    type: fromDuckdbType(type),
  }));
  return { kind: 'struct', fields };
}

/** Whether DuckDB stores the two alike; an INTEGER is a bigint, but not exactly one. */
export function isExactly(type: DuckDBType, wanted: ColumnType): boolean {
  if (wanted.kind === 'array') {
    return type.typeId === DuckDBTypeId.LIST && isExactly(type.valueType, wanted.element);
  }
  if (wanted.kind === 'struct') {
    if (type.typeId !== DuckDBTypeId.STRUCT) return false;
    return (
      type.entryNames.length === wanted.fields.length &&
      wanted.fields.every((field, index) => {
        const entry = type.entryTypes[index];
        return entry && type.entryNames[index] === field.name && isExactly(entry, field.type);
      })
    );
  }
  if (wanted.kind === 'decimal') {
    if (type.typeId !== DuckDBTypeId.DECIMAL) return false;
    return type.width === wanted.precision && type.scale === wanted.scale;
  }
  return type.typeId === EXACT[wanted.kind] && (type.alias === 'JSON') === (wanted.kind === 'json');
}

/** The type as DuckDB's SQL writes it. */
export function toDuckdbType(type: ColumnType): string {
  if (type.kind === 'decimal') return `DECIMAL(${type.precision}, ${type.scale})`;
  if (type.kind === 'array') return `${toDuckdbType(type.element)}[]`;
  if (type.kind !== 'struct') return SQL_NAMES[type.kind];
  const fields = type.fields.map(({ name, type }) => `${identifier(name)} ${toDuckdbType(type)}`);
  return `STRUCT(${fields.join(', ')})`;
}

/** Columns that a query would give, without running it. */
export async function describeQuery(
  connection: DuckDBConnection,
  query: string,
): Promise<(Column & { readonly duckdbType: DuckDBType })[]> {
  const reader = await connection.runAndReadAll(`SELECT * FROM (${query}) LIMIT 0`);
  const types = reader.columnTypes();
  return reader.columnNames().map((name, index) => {
    const duckdbType = types[index];
    if (!duckdbType) throw new Error(`column ${index} of a result has no type`);
    return { name, type: fromDuckdbType(duckdbType), duckdbType };
  });
}
