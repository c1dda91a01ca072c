import { BigQueryError } from '../bigquery-error.ts';
import { makeDataset } from '../resource/dataset.ts';
import { showTable } from '../resource/reference.ts';
import type { TableReference } from '../resource/reference.ts';
import { makeTable } from '../resource/table.ts';
import type { KeptTable, TableDraft } from '../resource/table.ts';
import type { AnalyzedStatement, Node } from '../sql/analyze-statement.ts';
import { referenceOf } from '../sql/script-scope.ts';
import type { ScriptScope } from '../sql/script-scope.ts';
import type { BigQueryStore } from '../store/bigquery-store.ts';
import { alterTable } from './alter-table.ts';
import { readColumns } from './read-columns.ts';
import type { ColumnDefinition } from './read-columns.ts';
import { readLayout } from './read-layout.ts';
import { readOptions } from './read-options.ts';

export interface DdlDeps {
  readonly store: BigQueryStore;
  readonly scope: ScriptScope;
  readonly now: () => Date;
}

export interface DdlOutcome {
  readonly statementType: string;
  /** What statistics.query says of it. */
  readonly ddlOperationPerformed: string;
  readonly target: TableReference | null;
  /** What is to be written, in a transaction of SQLite. */
  readonly apply: () => void;
}

/** The rows of CREATE TABLE ... AS; null for all other statements. */
export type Rows = readonly Buffer[] | null;

/** @throws BigQueryError also where it runs into what is there or is not there */
export function planDdl(deps: DdlDeps, analyzed: AnalyzedStatement, rows: Rows): DdlOutcome {
  const { kind } = analyzed.statement;
  if (kind === 'create_table') return planCreateTable(deps, analyzed, rows);
  if (kind === 'create_view') return planCreateView(deps, analyzed);
  if (kind === 'drop') return planDrop(deps, analyzed.resolved);
  if (kind === 'alter_table') return planAlter(deps, analyzed.resolved);
  if (kind === 'create_schema') return planCreateSchema(deps, analyzed.resolved);
  throw new BigQueryError(
    'notImplemented',
    `local-cloud does not run ${kind.replaceAll('_', ' ').toUpperCase()} statements.`,
  );
}

interface Creation {
  readonly name_path: readonly string[];
  readonly create_mode?: string;
  readonly create_scope?: string;
}

function planCreateTable(
  deps: DdlDeps,
  { resolved, statement }: AnalyzedStatement,
  rows: Rows,
): DdlOutcome {
  const base = resolved['parent'] as Node;
  const fields = readColumns(base['column_definition_list'] as readonly ColumnDefinition[]);
  const { partitionExpirationMs, ...options } = readOptions(base['option_list']);
  const layout = readLayout(statement.sql, fields, partitionExpirationMs);
  const statementType = rows ? 'CREATE_TABLE_AS_SELECT' : 'CREATE_TABLE';
  const resource = { ...options, ...layout, schema: { fields } };
  return planCreate(deps, base['parent'] as never, { statementType, resource, rows });
}

function planCreateView(deps: DdlDeps, { resolved, statement }: AnalyzedStatement): DdlOutcome {
  const base = resolved['parent'] as Node;
  const columns = (base['output_column_list'] as { name: string; column: { type: never } }[]).map(
    ({ name, column }) => ({ name, type: column.type }),
  );
  const resource = {
    ...readOptions(base['option_list']),
    view: { query: statement.query ?? '', useLegacySql: false },
    schema: { fields: readColumns(columns) },
  };
  const creation = base['parent'] as never;
  return planCreate(deps, creation, { statementType: 'CREATE_VIEW', resource, rows: null });
}

interface Wanted {
  readonly statementType: string;
  readonly resource: Record<string, unknown>;
  readonly rows: Rows;
}

function planCreate(
  deps: DdlDeps,
  creation: Creation,
  { statementType, resource, rows }: Wanted,
): DdlOutcome {
  const { store, now } = deps;
  if (creation.create_scope === 'CREATE_TEMP')
    throw new BigQueryError('notImplemented', 'local-cloud does not model temporary tables.');
  const target = requireReference(deps.scope, creation.name_path);
  const dataset = requireDataset(store, target);
  const draft = makeTable(dataset, { ...resource, tableReference: target }, now());
  const old = store.tables.findTable(target);
  const outcome = { statementType, target };
  if (old && creation.create_mode === 'CREATE_IF_NOT_EXISTS')
    return { ...outcome, ddlOperationPerformed: 'SKIP', apply: () => undefined };
  if (old && creation.create_mode !== 'CREATE_OR_REPLACE')
    throw new BigQueryError('duplicate', `Already Exists: Table ${showTable(target)}`);
  return {
    ...outcome,
    ddlOperationPerformed: old ? 'REPLACE' : 'CREATE',
    apply: () => fill(store, draft, rows ?? []),
  };
}

function fill(store: BigQueryStore, draft: TableDraft, added: readonly Buffer[]): void {
  const { key } = store.replaceTable(draft);
  store.rows.apply([{ tableKey: key, removed: [], added }]);
}

function planDrop({ store, scope }: DdlDeps, resolved: Node): DdlOutcome {
  const { object_type: type, name_path: path, is_if_exists: isOptional } = resolved;
  const object = String(type).toUpperCase();
  if (object === 'SCHEMA') return planDropSchema(store, scope, resolved);
  if (object !== 'TABLE' && object !== 'VIEW')
    throw new BigQueryError(
      'notImplemented',
      `local-cloud does not run DROP ${object} statements.`,
    );
  const target = requireReference(scope, path as string[]);
  const outcome = { statementType: `DROP_${object}`, target };
  const table = store.tables.findTable(target);
  if (!table && isOptional === true)
    return { ...outcome, ddlOperationPerformed: 'SKIP', apply: () => undefined };
  const found = requireTable(store, target);
  if (found.type !== object)
    throw new BigQueryError(
      'invalidQuery',
      `Cannot drop ${showTable(target)}: it has type ${found.type}. Use DROP ${found.type}.`,
    );
  return { ...outcome, ddlOperationPerformed: 'DROP', apply: () => store.dropTable(found) };
}

function planDropSchema(store: BigQueryStore, scope: ScriptScope, resolved: Node): DdlOutcome {
  const reference = schemaReference(scope, resolved['name_path'] as string[]);
  const outcome = { statementType: 'DROP_SCHEMA', target: null };
  if (!store.tables.findDataset(reference) && resolved['is_if_exists'] === true)
    return { ...outcome, ddlOperationPerformed: 'SKIP', apply: () => undefined };
  store.tables.requireDataset(reference);
  const tables = store.tables.listTables(reference);
  const name = `${reference.projectId}:${reference.datasetId}`;
  if (tables.length > 0 && resolved['drop_mode'] !== 'CASCADE')
    throw new BigQueryError('resourceInUse', `Dataset ${name} is still in use`);
  const apply = (): void => {
    for (const table of tables) store.dropTable(table);
    store.tables.deleteDataset(reference);
  };
  return { ...outcome, ddlOperationPerformed: 'DROP', apply };
}

function planCreateSchema({ store, scope, now }: DdlDeps, resolved: Node): DdlOutcome {
  const base = resolved['parent'] as Node;
  const creation = (base['parent'] ?? base) as unknown as Creation;
  const datasetReference = schemaReference(scope, creation.name_path);
  const outcome = { statementType: 'CREATE_SCHEMA', target: null };
  if (store.tables.findDataset(datasetReference)) {
    if (creation.create_mode === 'CREATE_IF_NOT_EXISTS')
      return { ...outcome, ddlOperationPerformed: 'SKIP', apply: () => undefined };
    const name = `${datasetReference.projectId}:${datasetReference.datasetId}`;
    throw new BigQueryError('duplicate', `Already Exists: Dataset ${name}`);
  }
  const options = readOptions(base['option_list'] ?? resolved['option_list']);
  const dataset = makeDataset(datasetReference.projectId, { ...options, datasetReference }, now());
  const apply = (): void => void store.tables.writeDataset(dataset);
  return { ...outcome, ddlOperationPerformed: 'CREATE', apply };
}

function planAlter({ store, scope, now }: DdlDeps, resolved: Node): DdlOutcome {
  const base = (resolved['parent'] ?? resolved) as Node;
  const target = requireReference(scope, base['name_path'] as string[]);
  const outcome = { statementType: 'ALTER_TABLE', target };
  if (!store.tables.findTable(target) && base['is_if_exists'] === true)
    return { ...outcome, ddlOperationPerformed: 'SKIP', apply: () => undefined };
  const table = requireTable(store, target);
  const actions = base['alter_action_list'] as readonly Node[];
  const { draft, rewrite } = alterTable(table, actions, now());
  const apply = (): void => {
    store.tables.writeTable({ ...draft, key: table.key });
    if (rewrite) store.rows.rewrite(table.key, rewrite);
  };
  return { ...outcome, ddlOperationPerformed: 'ALTER', apply };
}

function requireReference(scope: ScriptScope, path: readonly string[]): TableReference {
  const names = path.flatMap((name) => name.split('.'));
  const reference = referenceOf(names, scope);
  if (reference) return reference;
  const message = `Table "${names.join('.')}" must be qualified with a dataset (e.g. dataset.table).`;
  throw new BigQueryError('invalid', message);
}

function schemaReference({ projectId }: ScriptScope, path: readonly string[]) {
  const [datasetId = '', project = projectId] = path
    .flatMap((name) => name.split('.'))
    .toReversed();
  return { projectId: project, datasetId };
}

function requireDataset(store: BigQueryStore, { projectId, datasetId }: TableReference) {
  const dataset = store.tables.findDataset({ projectId, datasetId });
  if (dataset) return dataset;
  const message = `Not found: Dataset ${projectId}:${datasetId} was not found in location US`;
  throw new BigQueryError('notFound', message);
}

function requireTable(store: BigQueryStore, reference: TableReference): KeptTable {
  const { location } = requireDataset(store, reference);
  const table = store.tables.findTable(reference);
  if (table) return table;
  const message = `Not found: Table ${showTable(reference)} was not found in location ${location}`;
  throw new BigQueryError('notFound', message);
}
