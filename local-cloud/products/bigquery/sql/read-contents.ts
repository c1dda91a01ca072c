import { BigQueryError } from '../bigquery-error.ts';
import { showTable, sqlName } from '../resource/reference.ts';
import type { KeptTable } from '../resource/table.ts';
import type { TableStore } from '../store/table-store.ts';
import type { Transaction } from '../store/transaction.ts';
import { analyzeStatement, parseScript } from './analyze-statement.ts';
import type { AnalyzedStatement } from './analyze-statement.ts';
import { rewriteSql } from './rewrite-sql.ts';
import type { ScriptScope } from './script-scope.ts';
import type { SqlContent, SqlEngine } from './sql-engine.ts';

export interface ReadDeps {
  readonly engine: SqlEngine;
  readonly tables: TableStore;
  readonly transaction: Transaction;
  readonly scope: ScriptScope;
  /** How many views are around. */
  readonly depth?: number;
}

const MAX_DEPTH = 16;

/** The rows of a query. */
export async function executeQuery(deps: ReadDeps, analyzed: AnalyzedStatement): Promise<Buffer[]> {
  const contents = await readContents(deps, analyzed, null);
  const sql = rewriteSql(analyzed.statement, analyzed.placed);
  return deps.engine.query(sql, contents, deps.scope.parameters);
}

/** All tables that a statement names, each once; without rows those that are only written, and `later`. */
export async function readContents(
  deps: ReadDeps,
  { placed }: Pick<AnalyzedStatement, 'placed'>,
  later: KeptTable | null,
): Promise<SqlContent[]> {
  const byKey = new Map(placed.map((one) => [one.table.key, one.table]));
  const read = new Set(placed.filter(({ path }) => !path.isTarget).map(({ table }) => table.key));
  const contents: SqlContent[] = [];
  for (const table of byKey.values()) {
    const isRead = read.has(table.key) && table.key !== later?.key;
    const rows = isRead ? await rowsOf(deps, table) : [];
    contents.push({ name: sqlName(table.tableReference), fields: table.schema.fields, rows });
  }
  return contents;
}

async function rowsOf(deps: ReadDeps, table: KeptTable): Promise<Buffer[]> {
  if (!table.view) return deps.transaction.read(table).map(({ content }) => content);
  const { depth = 0, engine, tables } = deps;
  const { tableReference, view } = table;
  if (depth >= MAX_DEPTH)
    throw new BigQueryError(
      'invalid',
      `Too many nested views/persistent user-defined functions: ${showTable(tableReference)}`,
    );
  const scope = { projectId: tableReference.projectId, defaultDataset: null, parameters: [] };
  const [statement] = await parseScript(engine, view.query);
  if (!statement) return [];
  const request = { script: view.query, statement, scope };
  const analyzed = await analyzeStatement({ engine, tables }, request);
  return executeQuery({ ...deps, scope, depth: depth + 1 }, analyzed);
}
