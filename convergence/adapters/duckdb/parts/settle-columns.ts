import type { DuckDBConnection } from '@duckdb/node-api';
import type { Column, ColumnType } from '../../../engine/flow/normalize/column.ts';
import { identifier, readRows } from '../run-sql.ts';

/** What all values of a column have in common, looked at as text. */
interface ColumnFacts {
  /** Types of JSON values; for CSV `VARCHAR`. None: there is no value. */
  readonly kinds: readonly string[] | null;
  readonly dates: boolean | null;
  readonly timestamps: boolean | null;
  readonly bigints: boolean | null;
  /** Whole numbers of at most 38 digits. */
  readonly integers: boolean | null;
  /** Whether a whole number has more digits than a double keeps. */
  readonly long: boolean | null;
  /** Whether digits in front would be lost: a zip code 01067, a phone number +49351. */
  readonly padded: boolean | null;
}

/**
 * Types of columns that DuckDB's own inference leaves open or gets wrong, by a pass over these
 * columns alone (for one of ten columns that takes a tenth of the time of a load).
 * @param query gives the columns as JSON or text
 * @returns null for a column without any value; it has no type yet
 */
export async function settleColumns(
  connection: DuckDBConnection,
  query: string,
  columns: readonly Column[],
): Promise<Map<string, ColumnType | null>> {
  const facts = columns.map(({ name, type }, index) => `${factsOf(name, type)} AS c${index}`);
  const [row = {}] = await readRows<Record<string, ColumnFacts>>(
    connection,
    `SELECT ${facts.join(',\n')} FROM (${query})`,
  );
  return new Map(
    columns.map(({ name, type }, index) => {
      const found = row[`c${index}`];
      return [name, found ? typeOf(found, type) : type];
    }),
  );
}

const DATE = String.raw`\d{4}-\d{2}-\d{2}`;
const TIME = String.raw`\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)?`;

function factsOf(name: string, type: ColumnType): string {
  const value = identifier(name);
  const isJson = type.kind === 'json';
  const text = isJson ? `(${value} ->> '$')` : `CAST(${value} AS VARCHAR)`;
  const all = (pattern: string) => `bool_and(regexp_full_match(${text}, '${pattern}'))`;
  const some = (pattern: string) => `bool_or(regexp_full_match(${text}, '${pattern}'))`;
  const fits = (type: string) =>
    `bool_and(TRY_CAST(${text} AS ${type}) IS NOT NULL) FILTER (${text} IS NOT NULL)`;
  return `struct_pack(
    kinds := list(DISTINCT ${isJson ? `json_type(${value})` : `'VARCHAR'`}) FILTER (${value} IS NOT NULL),
    dates := ${all(DATE)} AND ${fits('DATE')},
    timestamps := ${all(`${DATE}([T ]${TIME})?`)} AND ${fits('TIMESTAMP')},
    bigints := ${fits('BIGINT')},
    integers := ${all(String.raw`[+-]?\d{1,38}`)},
    long := ${some(String.raw`[+-]?\d{16,}`)},
    padded := ${some(String.raw`\+.*|-?0\d.*`)})`;
}

const INTEGERS = new Set(['BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT']);
const SCALARS = new Set([...INTEGERS, 'DOUBLE', 'BOOLEAN', 'VARCHAR']);

function typeOf(facts: ColumnFacts, was: ColumnType): ColumnType | null {
  const kinds = (facts.kinds ?? []).filter((kind) => kind !== 'NULL');
  if (was.kind !== 'json') return csvType(facts, was);
  if (kinds.length === 0) return null;
  if (!kinds.every((kind) => SCALARS.has(kind))) return { kind: 'json' };
  if (kinds.every((kind) => kind === 'BOOLEAN')) return { kind: 'boolean' };
  if (kinds.every((kind) => kind === 'DOUBLE' || INTEGERS.has(kind)))
    return numberType(facts, kinds);
  if (!kinds.every((kind) => kind === 'VARCHAR')) return { kind: 'text' };
  if (facts.dates) return { kind: 'date' };
  return { kind: facts.timestamps ? 'timestamp' : 'text' };
}

function csvType(facts: ColumnFacts, was: ColumnType): ColumnType {
  if (facts.padded && was.kind === 'bigint') return { kind: 'text' };
  if (was.kind !== 'double' || !facts.long) return was;
  return numberType(facts, []);
}

/** Digits are never lost: whole numbers beyond 64 bits are decimals, beyond 38 digits text. */
function numberType(facts: ColumnFacts, kinds: readonly string[]): ColumnType {
  if (facts.bigints && kinds.every((kind) => INTEGERS.has(kind))) return { kind: 'bigint' };
  if (!facts.long) return { kind: 'double' };
  return facts.integers ? { kind: 'decimal', precision: 38, scale: 0 } : { kind: 'text' };
}
