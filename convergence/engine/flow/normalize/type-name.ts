import { fail } from '../../error-codes.ts';
import type { ColumnType, ScalarKind } from '../column.ts';

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
  const decimal = /^(?:decimal|numeric)(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?$/.exec(name);
  if (decimal) return decimalOf(text, Number(decimal[1] ?? 38), Number(decimal[2] ?? 9), decimal);
  const kind = Object.hasOwn(SCALARS, name) ? SCALARS[name] : undefined;
  if (!kind) {
    throw fail('type_conflict', `'${text}' is no type of a column`, {
      hint: `Use one of ${Object.keys(SCALARS).join(', ')}, decimal(p,s), or a type with [].`,
    });
  }
  return { kind };
}

function decimalOf(
  text: string,
  precision: number,
  scaleOfBare: number,
  [, digits, fraction]: RegExpExecArray,
): ColumnType {
  const scale = digits !== undefined && fraction === undefined ? 0 : scaleOfBare;
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
