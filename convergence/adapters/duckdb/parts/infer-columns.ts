import { DuckDBTypeId } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import { fail } from '../../../engine/error-codes.ts';
import type { Column, ColumnType } from '../../../engine/flow/normalize/column.ts';
import { widenType } from '../../../engine/flow/normalize/widen-type.ts';
import { describeQuery, toDuckdbType } from '../column-type.ts';
import { readRows } from '../run-sql.ts';
import { PART_COLUMN, readGroup } from './read-parts.ts';
import type { PartGroup, Reading } from './read-parts.ts';
import { readStrictly } from './csv-dialect.ts';
import { settleColumns } from './settle-columns.ts';

/** A group of parts with what is in it. */
export interface InferredGroup {
  readonly group: PartGroup;
  /** How to read it so that `stored` comes out. */
  readonly reading: Reading;
  readonly stored: readonly StoredColumn[];
  /** What the columns mean to the engine, under the names of the source. */
  readonly columns: readonly Column[];
}

export type StoredColumn = Column & { readonly duckdbType: DuckDBType };

/** A record with more than this is no row of a table; DuckDB would go on for minutes. */
const MAX_KEYS = 5000;

/**
 * Columns of a group of parts. With depth `sample` it is a bet that the first rows are like the
 * rest; whoever reads the rows with it must notice when it is lost (0.1 s against 7 s for 1 GB of
 * NDJSON, of which the load itself takes 6).
 * @throws file_unreadable
 */
export async function inferGroup(
  connection: DuckDBConnection,
  group: PartGroup,
  depth: Reading['depth'],
): Promise<InferredGroup> {
  let reading: Reading = { depth };
  let stored = await describe(connection, group, reading);
  if (isNoRecord(stored)) {
    // Records with many keys alike were taken for a map.
    reading = { depth, wide: true };
    stored = await describe(connection, group, reading);
  }
  if (stored.length > MAX_KEYS) throw tooMany(stored.length);
  if (group.format === 'csv')
    return settleCsv(connection, { group, reading, stored, columns: stored });
  if (group.format === 'parquet') return { group, reading, stored, columns: stored };
  if (isNoRecord(stored)) return emptyGroup(connection, group, reading);
  return settleJson(connection, { group, reading, stored, columns: stored });
}

/** The columns of all groups together, in order of appearance. */
export function mergeColumns(groups: readonly InferredGroup[]): Column[] {
  const merged = new Map<string, ColumnType>();
  for (const { name, type } of groups.flatMap(({ columns }) => columns)) {
    const known = merged.get(name);
    merged.set(name, known ? widenType(known, type) : type);
  }
  return [...merged].map(([name, type]) => ({ name, type }));
}

async function describe(
  connection: DuckDBConnection,
  group: PartGroup,
  reading: Reading,
): Promise<StoredColumn[]> {
  const columns = await describeQuery(connection, readGroup(group, reading)).catch(
    async (error: unknown) => {
      if (group.format === 'csv') await readStrictly(connection, group.parts);
      throw error;
    },
  );
  return columns.filter(({ name }) => name !== PART_COLUMN);
}

async function settleCsv(
  connection: DuckDBConnection,
  inferred: InferredGroup,
): Promise<InferredGroup> {
  const { group, reading } = inferred;
  if (reading.depth === 'sample') return inferred;
  const doubtful = inferred.columns.filter(({ type }) => ['bigint', 'double'].includes(type.kind));
  if (doubtful.length === 0) return inferred;
  const asText = doubtful.map(({ name }) => name);
  const query = readGroup(group, { ...reading, asText });
  const settled = await settleColumns(connection, query, doubtful);
  const columns = inferred.columns.map(({ name, type }) => ({
    name,
    type: settled.get(name) ?? type,
  }));
  const changed = columns.filter(
    ({ name, type }) => settled.has(name) && type !== find(inferred, name),
  );
  const settledReading = { ...reading, asText: changed.map(({ name }) => name) };
  const stored = await describe(connection, group, settledReading);
  return { group, reading: settledReading, stored, columns };
}

function find({ columns }: InferredGroup, name: string): ColumnType | undefined {
  return columns.find((column) => column.name === name)?.type;
}

async function settleJson(
  connection: DuckDBConnection,
  inferred: InferredGroup,
): Promise<InferredGroup> {
  const { group, reading, stored } = inferred;
  const all = reading.depth === 'all';
  if (!all && stored.some(({ duckdbType: type }) => type.alias !== 'JSON' && holdsJson(type))) {
    return inferGroup(connection, group, 'all');
  }
  const doubtful = stored.filter(
    ({ type, duckdbType }) => duckdbType.alias === 'JSON' || (all && type.kind === 'double'),
  );
  if (doubtful.length === 0) return inferred;
  const asJson = doubtful.map(({ name }) => ({ name, type: { kind: 'json' } as const }));
  const query = isPlain(stored)
    ? readGroup(group, { ...reading, columns: typesOf(asJson) })
    : readGroup(group, reading);
  const settled = await settleColumns(connection, query, isPlain(stored) ? asJson : doubtful);
  // Objects where the sample had nulls: their fields are known only by looking at all of them.
  const opened = [...settled.values()].some((type) => type?.kind === 'json');
  if (!all && opened) return inferGroup(connection, group, 'all');
  const columns = stored.flatMap(({ name, type }): Column[] => {
    const kind = settled.has(name) ? settled.get(name) : type;
    return kind ? [{ name, type: kind }] : [];
  });
  if (!all || !isPlain(stored)) return { group, reading, stored, columns };
  const exact = { ...reading, columns: typesOf(columns.map(withOffset)) };
  return { group, reading: exact, stored: await describe(connection, group, exact), columns };
}

/**
 * Told that a column is a TIMESTAMP, DuckDB leaves the offset of a time out; found out by itself, it
 * counts it in, as it does when told of a TIMESTAMPTZ.
 */
function withOffset<C extends Column>(column: C): C {
  return { ...column, type: typeWithOffset(column.type) };
}

function typeWithOffset(type: ColumnType): ColumnType {
  if (type.kind === 'timestamp') return { kind: 'timestamptz' };
  if (type.kind === 'array') return { kind: 'array', element: typeWithOffset(type.element) };
  return type.kind === 'struct' ? { ...type, fields: type.fields.map(withOffset) } : type;
}

function typesOf(columns: readonly Column[]): Record<string, string> {
  return Object.fromEntries(columns.map(({ name, type }) => [name, toDuckdbType(type)]));
}

function holdsJson(type: DuckDBType): boolean {
  if (type.typeId === DuckDBTypeId.LIST) return holdsJson(type.valueType);
  if (type.typeId === DuckDBTypeId.STRUCT) return type.entryTypes.some(holdsJson);
  return type.alias === 'JSON';
}

/**
 * Whether the names of columns are the keys of the records. DuckDB calls `id` beside `ID` `id_1`,
 * and an empty key `C0`; asked for these names it would find nothing.
 */
function isPlain(columns: readonly Column[]): boolean {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  const isMadeUp = (name: string) =>
    /^c\d+$/.test(name) || (/_\d+$/.test(name) && names.has(name.replace(/_\d+$/, '')));
  return ![...names].some(isMadeUp);
}

/** What DuckDB makes of values that are no objects, and of none. */
function isNoRecord(columns: readonly Column[]): boolean {
  return columns.length === 1 && columns[0]?.name === 'json' && columns[0].type.kind === 'json';
}

async function emptyGroup(
  connection: DuckDBConnection,
  group: PartGroup,
  reading: Reading,
): Promise<InferredGroup> {
  const [row] = await readRows<{ part: string; value: string }>(
    connection,
    `SELECT ${PART_COLUMN} AS part, left(CAST(json AS VARCHAR), 60) AS value
     FROM (${readGroup(group, reading)}) WHERE json_type(json) <> 'OBJECT' LIMIT 1`,
  );
  if (!row) return { group, reading, stored: [], columns: [] };
  const label = group.parts.find(({ path }) => path === row.part)?.label ?? 'a part';
  throw fail('file_unreadable', `${label} holds ${row.value} where a record is expected`, {
    hint: 'Records are JSON objects; data_selector names the list of them in a document.',
    details: { file: label },
  });
}

function tooMany(count: number): Error {
  return fail('columns_too_many', `a record has ${count} columns; ${MAX_KEYS} can be read`, {
    hint: 'Is there an object whose keys are data, such as ids? Make a list of it at the source.',
    details: { columns: count },
  });
}
