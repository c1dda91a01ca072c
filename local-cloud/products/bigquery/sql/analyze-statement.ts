import type { SqlStatement } from 'googlesql/script.ts';
import { fromTypeProto } from 'googlesql/field.ts';
import type { Field, TypeProto } from 'googlesql/field.ts';
import { GoogleSqlError } from 'googlesql/googlesql-error.ts';
import { BigQueryError } from '../bigquery-error.ts';
import type { TableReference } from '../resource/reference.ts';
import type { KeptTable } from '../resource/table.ts';
import type { TableStore } from '../store/table-store.ts';
import { padStatement } from './rewrite-sql.ts';
import { requirePartitionFilters } from './partition-filter.ts';
import { placeTables, refusalOf } from './script-scope.ts';
import type { PlacedTable, ScriptScope } from './script-scope.ts';
import { asBigQueryError } from './sql-engine.ts';
import type { SqlEngine } from './sql-engine.ts';

export type Node = Readonly<Record<string, unknown>>;

/** A statement that the analyzer has taken. */
export interface AnalyzedStatement {
  readonly statement: SqlStatement;
  /** Only those that are there. */
  readonly placed: readonly (PlacedTable & { readonly table: KeptTable })[];
  /** What a query gives; null for other statements. */
  readonly fields: readonly Field[] | null;
  /** zetasql.ResolvedStatement: the innermost message. */
  readonly resolved: Node;
}

export interface AnalyzeDeps {
  readonly engine: SqlEngine;
  readonly tables: TableStore;
}

/** @throws BigQueryError with line and column in the script */
export async function parseScript(
  engine: SqlEngine,
  sql: string,
): Promise<readonly SqlStatement[]> {
  const googleSql = await engine.googleSql();
  try {
    return await googleSql.parse(sql);
  } catch (error) {
    throw asBigQueryError(error);
  }
}

/** @throws BigQueryError with line and column in the script */
export async function analyzeStatement(
  { engine, tables }: AnalyzeDeps,
  { script, statement, scope }: { script: string; statement: SqlStatement; scope: ScriptScope },
): Promise<AnalyzedStatement> {
  const all = placeTables(statement, scope, tables);
  const placed = all.filter((one): one is PlacedTable & { table: KeptTable } => one.table !== null);
  const googleSql = await engine.googleSql();
  const setting = googleSql.setting({
    project: scope.projectId,
    ...(scope.defaultDataset ? { dataset: scope.defaultDataset.datasetId } : {}),
    parameters: scope.parameters.map(({ field }) => field),
    tables: distinct([
      ...placed.map(({ table }) => table),
      ...alteredTable(statement, scope, tables),
    ]),
  });
  const sql_statement = padStatement(script, statement);
  const answer = await googleSql.call('Analyze', { ...setting, sql_statement }).catch((error) => {
    const name =
      error instanceof GoogleSqlError && /^Table not found: ([^;]+)/.exec(error.message)?.[1];
    throw name ? refusalOf(name.replaceAll('`', ''), all, tables) : asBigQueryError(error);
  });
  const resolved = innermost(answer['resolved_statement'] as Node);
  requirePartitionFilters(resolved, placed);
  return { statement, placed, resolved, fields: outputFields(resolved) };
}

/** Its path is not among those of the statement. */
function alteredTable(
  statement: SqlStatement,
  scope: ScriptScope,
  tables: TableStore,
): KeptTable[] {
  if (statement.kind !== 'alter_table') return [];
  const { datasetId = '', projectId } = scope.defaultDataset ?? { projectId: scope.projectId };
  const words = statement.sql.replaceAll('`', ' ').split(/[\s.]+/);
  return [projectId, ...words]
    .flatMap((_, at) => {
      const [first = '', second = '', third = ''] = words.slice(at);
      const places: TableReference[] = [
        { projectId: first, datasetId: second, tableId: third },
        { projectId: scope.projectId, datasetId: first, tableId: second },
        { projectId, datasetId, tableId: first },
      ];
      return places.flatMap((place) => tables.findTable(place) ?? []).slice(0, 1);
    })
    .slice(0, 1);
}

function distinct(found: readonly KeptTable[]) {
  const byKey = new Map(found.map((table) => [table.key, table]));
  return [...byKey.values()].map(({ tableReference, schema }) => ({
    project: tableReference.projectId,
    dataset: tableReference.datasetId,
    table: tableReference.tableId,
    fields: schema.fields,
  }));
}

/** The message of the very kind of a statement, which is nested in those of more general kinds. */
function innermost(node: Node): Node {
  let at = node;
  while (typeof at['node'] === 'string') at = at[at['node']] as Node;
  return at;
}

interface OutputColumn {
  readonly name: string;
  readonly column: { readonly type: TypeProto };
}

/** Columns without a name are called f0_, f1_, … */
function outputFields(resolved: Node): Field[] | null {
  const columns = resolved['output_column_list'] as readonly OutputColumn[] | undefined;
  if (!columns || columns.length === 0) return null;
  let unnamed = 0;
  const fields = columns.map(({ name, column }) =>
    readColumn(name.startsWith('$') ? `f${unnamed++}_` : name, column.type),
  );
  requireDistinct(fields);
  return fields;
}

function readColumn(name: string, type: TypeProto): Field {
  try {
    return { mode: 'NULLABLE', ...fromTypeProto(name, type) };
  } catch (error) {
    throw new BigQueryError('invalidQuery', (error as Error).message);
  }
}

function requireDistinct(fields: readonly Field[]): void {
  const names = fields.map(({ name }) => name.toLowerCase());
  const twice = fields.filter((_, at) => names.indexOf(names[at] ?? '') !== at);
  if (twice.length === 0) return;
  const shown = [...new Set(twice.map(({ name }) => name))].join(', ');
  throw new BigQueryError(
    'invalidQuery',
    `Duplicate column names in the result are not supported when a destination table is present. Found duplicate(s): ${shown}`,
    { location: 'query' },
  );
}
