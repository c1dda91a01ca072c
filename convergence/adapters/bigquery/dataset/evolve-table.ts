import type { TableField, TableMetadata } from '@google-cloud/bigquery';
import { fail } from '../../../engine/error-codes.ts';
import { LOAD_COLUMNS } from '../../../engine/flow/normalize/column.ts';
import type { Column, ColumnType } from '../../../engine/flow/normalize/column.ts';
import type { TablePlan } from '../../../engine/flow/normalize/table-plan.ts';
import { typeName } from '../../../engine/flow/normalize/type-name.ts';
import { sameType } from '../../../engine/flow/normalize/widen-type.ts';
import { columnOf, toField, toSqlType } from '../column-type.ts';
import { quoteName } from '../sql-text.ts';
import { runSql } from './run-sql.ts';
import { findTable, patchTable } from './table.ts';
import type { TenantDataset } from './tenant-dataset.ts';

const OWN: readonly string[] = LOAD_COLUMNS;

/** Columns of a table without the load columns. */
export function columnsOf({ schema }: TableMetadata): Column[] {
  const fields: readonly TableField[] = schema?.fields ?? [];
  return fields.map(columnOf).filter(({ name }) => !OWN.includes(name));
}

/**
 * Whether BigQuery can make of the columns of a table what the plan wants.
 * @throws type_conflict
 */
export function assertWidens(table: string, current: readonly Column[], plan: TablePlan): void {
  for (const { name, type, wanted } of changedTypes(current, plan)) {
    if (isWidening(type, wanted)) continue;
    const [is, comes] = [typeName(type), typeName(wanted)];
    throw fail(
      'type_conflict',
      `column '${name}' of table '${table}' is ${is}, with the data it would be ${comes}, and BigQuery cannot turn a column of ${is} into ${comes}`,
      {
        hint: 'Set schema_contract.data_type to discard_row or discard_value, declare the type and load into a table of another name, or mend the data.',
        details: { table, column: name, type: is, incoming: comes },
      },
    );
  }
}

/**
 * Adds columns and fields, and widens types. It comes before the transaction of a publish, because
 * BigQuery has no DDL in transactions: whoever breaks off in between leaves columns without values.
 * @throws type_conflict; state_moved when somebody else changed the table meanwhile
 */
export async function evolveTable(
  dataset: TenantDataset,
  { before, plan }: { before: TableMetadata; plan: TablePlan },
  signal?: AbortSignal,
): Promise<void> {
  const table = before.tableReference?.tableId ?? '';
  assertWidens(table, columnsOf(before), plan);
  const fields: readonly TableField[] = before.schema?.fields ?? [];
  const wanted = plan.columns.map(({ name, type }) => toField(name, type));
  const added = addFields(fields, wanted);
  if (JSON.stringify(added) !== JSON.stringify(fields)) {
    const patched = await patchTable(dataset, before, { schema: { fields: added } });
    if (!patched) throw tableMoved(table);
  }
  const current = added.map(columnOf);
  for (const { name, wanted: type } of changedTypes(current, plan)) {
    const sql = `ALTER TABLE ${quoteName(table)} ALTER COLUMN ${quoteName(name)} SET DATA TYPE ${toSqlType(type, { exact: true })}`;
    await runSql(dataset, { sql }, signal);
  }
}

/** The load starts over with the table as it is now. */
export function tableMoved(table: string): Error {
  return fail('state_moved', `another load changed table '${table}' meanwhile`, {
    hint: 'Nothing was written; the load starts over with the newer table.',
    details: { table },
  });
}

/** @returns null when there is no such table */
export async function describeTable(
  dataset: TenantDataset,
  table: string,
): Promise<Column[] | null> {
  const found = await findTable(dataset, table);
  return found && columnsOf(found);
}

interface ChangedType extends Column {
  readonly wanted: ColumnType;
}

function changedTypes(current: readonly Column[], plan: TablePlan): ChangedType[] {
  return current.flatMap(({ name, type }) => {
    const wanted = plan.columns.find((column) => column.name === name)?.type;
    return wanted && !sameType(type, wanted) ? [{ name, type, wanted }] : [];
  });
}

/** https://cloud.google.com/bigquery/docs/managing-table-schemas#change_a_columns_data_type */
const WIDENINGS: Readonly<Partial<Record<ColumnType['kind'], readonly ColumnType['kind'][]>>> = {
  bigint: ['decimal', 'double'],
  decimal: ['decimal', 'double'],
  date: ['timestamp', 'timestamptz'],
  uuid: ['text'],
};

function isWidening(from: ColumnType, to: ColumnType): boolean {
  if (sameType(from, to)) return true;
  if (from.kind === 'struct' && to.kind === 'struct') {
    return from.fields.every(({ name, type }) => {
      const field = to.fields.find((one) => one.name === name);
      return field !== undefined && isWidening(type, field.type);
    });
  }
  // Fields can be added to the structs of a list; the type of its values cannot be changed.
  if (from.kind === 'array' && to.kind === 'array') {
    const [inner, wider] = [from.element, to.element];
    return inner.kind === 'struct' && wider.kind === 'struct' && onlyAdds(inner, wider);
  }
  return WIDENINGS[from.kind]?.includes(to.kind) ?? false;
}

type Struct = Extract<ColumnType, { kind: 'struct' }>;

function onlyAdds(from: Struct, to: Struct): boolean {
  return from.fields.every(({ name, type }) => {
    const field = to.fields.find((one) => one.name === name);
    if (!field) return false;
    if (sameType(type, field.type)) return true;
    const isList = type.kind === 'array' && field.type.kind === 'array';
    const [a, b] = isList ? [type.element, field.type.element] : [type, field.type];
    return a?.kind === 'struct' && b?.kind === 'struct' && onlyAdds(a, b);
  });
}

/** The fields as they are, with those that are new behind them, at every depth. */
function addFields(current: readonly TableField[], wanted: readonly TableField[]): TableField[] {
  const kept = current.map((field) => {
    const inner = wanted.find(({ name }) => name === field.name)?.fields;
    if (!field.fields || !inner) return field;
    return { ...field, fields: addFields(field.fields, inner) };
  });
  const names = new Set(current.map(({ name }) => name));
  return [...kept, ...wanted.filter(({ name }) => !names.has(name))];
}
