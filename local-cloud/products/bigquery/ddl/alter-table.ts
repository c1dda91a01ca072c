import { fromTypeProto } from 'googlesql/field.ts';
import type { TypeProto } from 'googlesql/field.ts';
import { BigQueryError } from '../bigquery-error.ts';
import { mergePatch } from '../resource/dataset.ts';
import { showTable } from '../resource/reference.ts';
import { requireLayout } from '../resource/partitioning.ts';
import { isWidening } from '../resource/schema.ts';
import type { SchemaField } from '../resource/schema.ts';
import { draftOf } from '../resource/table.ts';
import type { KeptTable, TableDraft } from '../resource/table.ts';
import type { Node } from '../sql/analyze-statement.ts';
import { rowRewriter } from '../store/rewrite-row.ts';
import { readColumns } from './read-columns.ts';
import type { ColumnDefinition } from './read-columns.ts';
import { readOptions } from './read-options.ts';

export interface Alteration {
  readonly draft: TableDraft;
  /** What becomes of each row; null: nothing. */
  readonly rewrite: ((content: Buffer) => Buffer) | null;
}

interface Column extends SchemaField {
  /** Place in the rows as they are; null for one that is new. */
  readonly from: number | null;
}

/** ALTER TABLE with all its actions, in their order. */
export function alterTable(table: KeptTable, actions: readonly Node[], now: Date): Alteration {
  let draft = draftOf(table);
  let columns: Column[] = table.schema.fields.map((field, from) => ({ ...field, from }));
  for (const action of actions) {
    const { name, node } = named(action);
    if (name === 'resolved_set_options_action_node') {
      const { partitionExpirationMs, ...options } = readOptions(node['option_list']);
      draft = mergePatch(draft, options) as TableDraft;
      if (partitionExpirationMs !== undefined && draft.timePartitioning)
        draft = mergePatch(draft, {
          timePartitioning: { expirationMs: partitionExpirationMs },
        }) as TableDraft;
    } else columns = alterColumns(columns, { name, node, table });
  }
  const fields = columns.map(({ from: _from, ...field }) => field);
  const changed = { ...draft, schema: { fields }, lastModifiedTime: String(now.getTime()) };
  requireLayout(changed, fields);
  const isSame = columns.every(
    ({ from, type }, at) => from === at && type === table.schema.fields[at]?.type,
  );
  const places = columns.map(({ from }) => from);
  const keepsRows = isSame && columns.length === table.schema.fields.length;
  const rewrite = keepsRows ? null : rowRewriter(table.schema.fields, fields, places);
  return { draft: changed, rewrite };
}

/** The names of the messages around a message are those of its more general kinds. */
function named(action: Node): { readonly name: string; readonly node: Node } {
  let [name, node] = ['', action];
  while (typeof node['node'] === 'string') {
    name = node['node'];
    node = node[name] as Node;
  }
  return { name, node };
}

interface Action {
  readonly name: string;
  readonly node: Node;
  readonly table: KeptTable;
}

function alterColumns(columns: Column[], { name, node, table }: Action): Column[] {
  if (name === 'resolved_add_column_action_node') return addColumn(columns, node, table);
  const parent = (node['parent'] ?? {}) as Node;
  const column = (node['name'] ?? node['column'] ?? parent['column'] ?? '') as string;
  const isOptional = node['is_if_exists'] === true || parent['is_if_exists'] === true;
  const found = columns.find((one) => one.name.toLowerCase() === column.toLowerCase());
  if (!found && isOptional) return columns;
  if (!found)
    throw new BigQueryError(
      'invalidQuery',
      `Column not found: ${column} in table ${showTable(table.tableReference)}`,
    );
  const change = changes[name];
  if (!change)
    throw new BigQueryError(
      'notImplemented',
      `local-cloud does not run ${name.replace(/^resolved_|_action_node$/g, '').replaceAll('_', ' ')} of ALTER TABLE.`,
    );
  return columns.flatMap((one) => (one === found ? change(one, node) : [one]));
}

function addColumn(columns: Column[], node: Node, table: KeptTable): Column[] {
  const [field] = readColumns([node['column_definition'] as ColumnDefinition]);
  if (!field) return columns;
  const isThere = columns.some((one) => one.name.toLowerCase() === field.name.toLowerCase());
  if (isThere && node['is_if_not_exists'] === true) return columns;
  const name = showTable(table.tableReference);
  if (isThere)
    throw new BigQueryError(
      'invalidQuery',
      `Column already exists: ${field.name} in table ${name}`,
    );
  if (field.mode === 'REQUIRED')
    throw new BigQueryError(
      'invalidQuery',
      `Cannot add required fields to an existing schema. (field: ${field.name})`,
    );
  return [...columns, { ...field, from: null }];
}

const changes: Readonly<Record<string, (column: Column, node: Node) => Column[]>> = {
  resolved_drop_column_action_node: () => [],
  resolved_rename_column_action_node: (column, node) => [
    { ...column, name: String(node['new_name']) },
  ],
  resolved_alter_column_drop_not_null_action_node: (column) => [{ ...column, mode: 'NULLABLE' }],
  resolved_alter_column_options_action_node: (column, node) => [
    { ...column, ...readOptions(node['option_list']) },
  ],
  resolved_alter_column_set_data_type_action_node: (column, node) => {
    const { type } = fromTypeProto(column.name, node['updated_type'] as TypeProto);
    if (isWidening(column.type, type)) return [{ ...column, type }];
    const message = `ALTER TABLE ALTER COLUMN SET DATA TYPE requires that the existing column type (${column.type}) is assignable to the new type (${type})`;
    throw new BigQueryError('invalidQuery', message);
  },
};
