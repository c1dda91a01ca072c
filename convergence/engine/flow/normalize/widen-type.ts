import type { Column, ColumnType, ScalarKind } from './column.ts';

const MAX_DECIMAL_DIGITS = 38;
/** Digits of the largest 64-bit integer. */
const BIGINT_DIGITS = 19;

const TEMPORAL: readonly ScalarKind[] = ['date', 'timestamp', 'timestamptz'];

/**
 * The narrowest type that holds the values of both: bigint < decimal < double < text,
 * date < timestamp < timestamptz < text, structs by field, arrays by element, anything else `json`.
 * Commutative (but for the order of fields), associative and idempotent, so that it does not matter
 * in which order loads arrive.
 */
export function widenType(a: ColumnType, b: ColumnType): ColumnType {
  if (a.kind === 'array' && b.kind === 'array') {
    return { kind: 'array', element: widenType(a.element, b.element) };
  }
  if (a.kind === 'struct' && b.kind === 'struct') {
    return { kind: 'struct', fields: widenFields(a.fields, b.fields) };
  }
  if (isNested(a) || isNested(b)) return { kind: 'json' };
  return widenScalar(a, b);
}

/** Whether two types are the same, the order of fields included. */
export function sameType(a: ColumnType, b: ColumnType): boolean {
  if (a.kind === 'array' && b.kind === 'array') return sameType(a.element, b.element);
  if (a.kind === 'decimal' && b.kind === 'decimal') {
    return a.precision === b.precision && a.scale === b.scale;
  }
  if (a.kind !== 'struct' || b.kind !== 'struct') return a.kind === b.kind;
  return (
    a.fields.length === b.fields.length &&
    a.fields.every((field, index) => {
      const other = b.fields[index];
      return other?.name === field.name && sameType(field.type, other.type);
    })
  );
}

function isNested(type: ColumnType): boolean {
  return type.kind === 'array' || type.kind === 'struct' || type.kind === 'json';
}

function widenFields(a: readonly Column[], b: readonly Column[]): Column[] {
  const others = new Map(b.map((field) => [field.name, field.type]));
  const names = new Set(a.map((field) => field.name));
  const widened = a.map(({ name, type }) => {
    const other = others.get(name);
    return { name, type: other ? widenType(type, other) : type };
  });
  return [...widened, ...b.filter((field) => !names.has(field.name))];
}

function widenScalar(a: ColumnType, b: ColumnType): ColumnType {
  if (a.kind === b.kind && a.kind !== 'decimal') return a;
  const temporal = [a, b].map(({ kind }) => TEMPORAL.findIndex((known) => known === kind));
  if (temporal.every((rank) => rank >= 0)) {
    return { kind: TEMPORAL[Math.max(...temporal)] ?? 'text' };
  }
  if (!isNumber(a) || !isNumber(b)) return { kind: 'text' };
  if (a.kind === 'double' || b.kind === 'double') return { kind: 'double' };
  return widenDecimal(digitsOf(a), digitsOf(b));
}

function isNumber({ kind }: ColumnType): boolean {
  return kind === 'bigint' || kind === 'decimal' || kind === 'double';
}

function digitsOf(type: ColumnType): { whole: number; scale: number } {
  if (type.kind !== 'decimal') return { whole: BIGINT_DIGITS, scale: 0 };
  return { whole: type.precision - type.scale, scale: type.scale };
}

function widenDecimal(
  a: { whole: number; scale: number },
  b: { whole: number; scale: number },
): ColumnType {
  const scale = Math.max(a.scale, b.scale);
  const precision = Math.max(a.whole, b.whole) + scale;
  return precision > MAX_DECIMAL_DIGITS
    ? { kind: 'double' }
    : { kind: 'decimal', precision, scale };
}
