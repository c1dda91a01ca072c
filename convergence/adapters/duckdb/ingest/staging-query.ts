import type { Column } from '../../../engine/flow/normalize/column.ts';
import type { PlannedColumn, TablePlan } from '../../../engine/flow/normalize/table-plan.ts';
import { isExactly, toDuckdbType } from '../column-type.ts';
import { identifier, literal } from '../run-sql.ts';
import { castValue } from './cast-value.ts';
import type { InferredGroup, StoredColumn } from '../parts/infer-columns.ts';
import { PART_COLUMN, readGroup } from '../parts/read-parts.ts';
import { OUTGROWN } from '../parts/reading-error.ts';

/** False for rows that a filter of the processing steps leaves out. */
export const KEEP_COLUMN = '__keep';

export interface StagingQuery {
  readonly plan: TablePlan;
  readonly groups: readonly InferredGroup[];
  readonly loadId: string;
  readonly loadedAt: Date;
}

/** A value that the contract turns away, kept in the quarantine as it came. */
export interface Refusal {
  /** Column of the staging table that holds it; null in good rows. */
  readonly helper: string;
  readonly source: string;
}

/** A SELECT that reads parts once and gives the rows of the staging table. */
export function stagingQuery(request: StagingQuery): string {
  const { plan, groups, loadId, loadedAt } = request;
  const rows =
    groups.length === 0
      ? `SELECT ${selectOf(null, plan)} WHERE false`
      : groups.map((inferred) => rowsOfGroup(inferred, plan)).join('\nUNION ALL\n');
  const columns = plan.columns.map(({ name }) => identifier(name));
  const stamps = [
    `${literal(loadId)} AS _load_id`,
    `${literal(loadedAt.toISOString())}::TIMESTAMPTZ AS _loaded_at`,
  ];
  const selected = [...columns, ...stamps, ...helperColumns(plan)];
  return `SELECT ${selected.join(', ')} FROM (${processed(rows, plan)})`;
}

/** Columns that a staging table has until its rows are judged. */
export function helperColumns(plan: TablePlan): string[] {
  const helpers = refusals(plan).map(({ helper }) => helper);
  return [PART_COLUMN, ...helpers, ...(hasFilter(plan) ? [KEEP_COLUMN] : [])];
}

/** Columns whose values may be refused by the contract. */
export function refusals(plan: TablePlan): Refusal[] {
  const typed = plan.columns.flatMap(({ source, onMismatch }) =>
    source !== null && onMismatch === 'quarantine' ? [source] : [],
  );
  return [...typed, ...plan.forbidden].map((source, index) => ({
    helper: `__refused_${index}`,
    source,
  }));
}

/** Whether a filter may leave rows out. */
export function hasFilter({ processing }: TablePlan): boolean {
  return processing.some((step) => 'filter' in step);
}

function rowsOfGroup(inferred: InferredGroup, plan: TablePlan): string {
  const asText = new Set([...(inferred.reading.asText ?? []), ...textColumns(inferred, plan)]);
  const { group, stored } = inferred;
  const read = readGroup(group, { ...inferred.reading, asText: [...asText] });
  const guards = guardsOf(inferred, plan);
  const types = stored.map((column) =>
    asText.has(column.name) ? { ...column, text: true } : column,
  );
  const where =
    guards.length > 0
      ? ` WHERE CASE WHEN ${guards.join(' OR ')} THEN error('${OUTGROWN}') ELSE true END`
      : '';
  return `SELECT ${selectOf(types, plan)} FROM (${read})${where}`;
}

type Readable = StoredColumn & { readonly text?: boolean };

/**
 * Columns of CSV that a sample takes for numbers are read as text where a cast could lose what is
 * in the file: zeros in front, and digits that a double has no room for.
 */
function textColumns({ group, reading, stored }: InferredGroup, plan: TablePlan): string[] {
  if (group.format !== 'csv') return [];
  const commas = group.parts.some(({ csv }) => csv?.decimalSeparator === ',');
  return stored.flatMap(({ name, type }) => {
    const to = plan.columns.find(({ source }) => source === name)?.type.kind;
    if (type.kind === 'bigint') return reading.depth === 'sample' || to === 'text' ? [name] : [];
    return type.kind === 'double' && !commas && (to === 'text' || to === 'decimal') ? [name] : [];
  });
}

/** Compares bytes: `LIKE` took three times as long. */
function guardsOf({ group, reading, stored }: InferredGroup, plan: TablePlan): string[] {
  if (group.format !== 'csv' || reading.depth === 'all') return [];
  return stored.flatMap(({ name, type }) => {
    const planned = plan.columns.find(({ source }) => source === name);
    if (type.kind !== 'bigint' || !planned || planned.type.kind === 'text') return [];
    const value = identifier(name);
    return [`(${value} >= '00' AND ${value} < '0:') OR (${value} >= '+' AND ${value} < ',')`];
  });
}

function selectOf(stored: readonly Readable[] | null, plan: TablePlan): string {
  const find = (source: string | null) => stored?.find(({ name }) => name === source);
  const values = plan.columns.map((column) => {
    const value = valueOf(find(column.source), column);
    return `${value} AS ${identifier(column.name)}`;
  });
  const refused = refusals(plan).map(({ helper, source }) => {
    const planned = plan.columns.find((column) => column.source === source);
    return `${refusedOf(find(source), planned)} AS ${helper}`;
  });
  const part = stored ? PART_COLUMN : `CAST(NULL AS VARCHAR) AS ${PART_COLUMN}`;
  return [...values, ...refused, part].join(', ');
}

function valueOf(stored: Readable | undefined, column: PlannedColumn): string {
  if (!stored) return `CAST(NULL AS ${toDuckdbType(column.type)})`;
  const value = identifier(stored.name);
  const lenient = column.onMismatch !== 'fail';
  if (!stored.text) return castValue(value, { from: stored.duckdbType, to: column.type, lenient });
  if (column.type.kind === 'text') return value;
  return `${lenient ? 'TRY_CAST' : 'CAST'}(${value} AS ${toDuckdbType(column.type)})`;
}

function refusedOf(stored: Readable | undefined, planned: PlannedColumn | undefined): string {
  if (!stored) return 'CAST(NULL AS VARCHAR)';
  const value = identifier(stored.name);
  const text = stored.text
    ? value
    : castValue(value, { from: stored.duckdbType, to: { kind: 'text' }, lenient: true });
  if (!planned) return text;
  if (!stored.text && isExactly(stored.duckdbType, planned.type)) return 'CAST(NULL AS VARCHAR)';
  return `CASE WHEN ${valueOf(stored, planned)} IS NULL THEN ${text} END`;
}

/**
 * Filters only mark rows, so that row numbers still are those of the part, and what comes after a
 * filter is not evaluated for rows that it left out.
 */
function processed(rows: string, plan: TablePlan): string {
  if (plan.processing.length === 0) return rows;
  const filtered = hasFilter(plan);
  let query = filtered ? `SELECT *, true AS ${KEEP_COLUMN} FROM (${rows})` : rows;
  for (const step of plan.processing) {
    const replaced =
      'filter' in step
        ? [`${KEEP_COLUMN} AND coalesce((${step.filter}\n), false) AS ${KEEP_COLUMN}`]
        : Object.entries(step.map).map(([name, expression]) =>
            mapped(find(plan.columns, name), expression, filtered),
          );
    query = `SELECT * REPLACE (${replaced.join(', ')}) FROM (${query})`;
  }
  return query;
}

function mapped({ name, type }: Column, expression: string, filtered: boolean): string {
  const value = `CAST((${expression}\n) AS ${toDuckdbType(type)})`;
  const kept = filtered ? `CASE WHEN ${KEEP_COLUMN} THEN ${value} END` : value;
  return `${kept} AS ${identifier(name)}`;
}

function find(columns: readonly Column[], name: string): Column {
  const column = columns.find((column) => column.name === name);
  if (!column) throw new Error(`the plan has no column '${name}' for a map`);
  return column;
}
