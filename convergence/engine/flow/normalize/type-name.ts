import { fail } from '../../error-codes.ts';
import type { ColumnType, ScalarKind } from './column.ts';

const SCALARS: Readonly<Record<string, ScalarKind>> = {
  boolean: 'boolean',
  bool: 'boolean',
  bigint: 'bigint',
  int: 'bigint',
  integer: 'bigint',
  int64: 'bigint',
  double: 'double',
  float: 'double',
  float64: 'double',
  text: 'text',
  string: 'text',
  varchar: 'text',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  datetime: 'timestamp',
  timestamptz: 'timestamptz',
  uuid: 'uuid',
  binary: 'binary',
  bytes: 'binary',
  json: 'json',
};

/**
 * The type that a schema file names: `bigint`, `decimal(18,3)`, `text[]`. Structs are inferred and
 * not declared; `json` stands for them.
 * @throws type_conflict
 */
export function parseTypeName(text: string): ColumnType {
  const name = text.trim().toLowerCase();
  if (name.endsWith('[]')) return { kind: 'array', element: parseTypeName(name.slice(0, -2)) };
  const decimal = DECIMAL.exec(name);
  if (decimal) return decimalOf(text, decimal);
  const kind = Object.hasOwn(SCALARS, name) ? SCALARS[name] : undefined;
  if (!kind) {
    throw fail('type_conflict', `'${text}' is no type of a column`, {
      hint: `Use one of ${Object.keys(SCALARS).join(', ')}, decimal(p,s), or a type with [].`,
    });
  }
  return { kind };
}

const DECIMAL = /^(?:decimal|numeric)(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?$/;

/** Without digits as BigQuery's NUMERIC, decimal(38,9); as in SQL, decimal(10) has no fraction. */
function decimalOf(text: string, [, digits, fraction]: RegExpExecArray): ColumnType {
  const precision = Number(digits ?? 38);
  const scale = Number(fraction ?? (digits === undefined ? 9 : 0));
  if (precision < 1 || precision > 38 || scale > precision) {
    throw fail('type_conflict', `'${text}' has more digits than a decimal can hold`, {
      hint: 'A decimal has 1 to 38 digits, of which at most all lie behind the point.',
    });
  }
  return { kind: 'decimal', precision, scale };
}

/** A type as people read it, in the words that schema files use. */
export function typeName(type: ColumnType): string {
  if (type.kind === 'decimal') return `decimal(${type.precision},${type.scale})`;
  if (type.kind === 'array') return `${typeName(type.element)}[]`;
  if (type.kind !== 'struct') return type.kind;
  return `struct(${type.fields.map((field) => `${field.name} ${typeName(field.type)}`).join(', ')})`;
}
