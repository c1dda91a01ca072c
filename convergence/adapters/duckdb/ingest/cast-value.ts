import { DuckDBTypeId } from '@duckdb/node-api';
import type { DuckDBType } from '@duckdb/node-api';
import type { ColumnType } from '../../../engine/flow/normalize/column.ts';
import { fromDuckdbType, isExactly, toDuckdbType } from '../column-type.ts';
import { identifier, literal } from '../run-sql.ts';

export interface Cast {
  readonly from: DuckDBType;
  readonly to: ColumnType;
  /** Null instead of an error for what does not convert. */
  readonly lenient: boolean;
}

/**
 * An SQL expression that turns a value into another type. Plain casts would keep the quotes of
 * strings out of JSON.
 */
export function castValue(value: string, { from, to, lenient }: Cast): string {
  if (isExactly(from, to)) return value;
  const cast = lenient ? 'TRY_CAST' : 'CAST';
  const { kind } = fromDuckdbType(from);
  if (to.kind === 'json') {
    return kind === 'binary' ? `to_json(base64(${value}))` : `to_json(${value})`;
  }
  if (kind === 'json' && from.alias === 'JSON' && isScalar(to)) {
    // Of objects and arrays `->>` gives their JSON.
    const text = `(${value} ->> '$')`;
    return to.kind === 'text' ? text : `${cast}(${text} AS ${toDuckdbType(to)})`;
  }
  if (from.typeId === DuckDBTypeId.STRUCT && to.kind === 'struct') {
    return castStruct(value, { from, to, lenient });
  }
  if (from.typeId === DuckDBTypeId.LIST && to.kind === 'array') {
    const element = castValue('x', { from: from.valueType, to: to.element, lenient });
    return `list_transform(${value}, lambda x: ${element})`;
  }
  if (to.kind === 'text' && !isScalar({ kind } as ColumnType)) {
    return `CAST(to_json(${value}) AS VARCHAR)`;
  }
  return `${cast}(${value} AS ${toDuckdbType(to)})`;
}

function isScalar({ kind }: ColumnType): boolean {
  return kind !== 'struct' && kind !== 'array' && kind !== 'json';
}

interface StructCast extends Cast {
  readonly from: Extract<DuckDBType, { typeId: DuckDBTypeId.STRUCT }>;
  readonly to: Extract<ColumnType, { kind: 'struct' }>;
}

function castStruct(value: string, cast: StructCast): string {
  const { entryNames, entryTypes } = cast.from;
  const fields = cast.to.fields.map(({ name, type }) => {
    const from = entryTypes[entryNames.indexOf(name)];
    const field = from
      ? castValue(`struct_extract(${value}, ${literal(name)})`, { ...cast, from, to: type })
      : `CAST(NULL AS ${toDuckdbType(type)})`;
    return `${identifier(name)} := ${field}`;
  });
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`;
}
