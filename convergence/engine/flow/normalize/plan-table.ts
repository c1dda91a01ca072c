import { fail } from '../../error-codes.ts';
import type { LoadSpec } from '../../pipeline/spec/resource-spec.ts';
import type { SchemaContract, TableSpec } from '../../pipeline/spec/table-spec.ts';
import type { Column, ColumnType } from './column.ts';
import { safeName, safeNames } from './column-name.ts';
import type { PlannedColumn, TableChange, TablePlan } from './table-plan.ts';
import { parseTypeName, typeName } from './type-name.ts';
import { sameType, widenType } from './widen-type.ts';

export interface TableNeeds {
  readonly table: string;
  /** Columns of the published table, without the load columns; null when there is none. */
  readonly current: readonly Column[] | null;
  readonly declared: TableSpec | null;
  /** Columns over all parts, under the names of the source. */
  readonly incoming: readonly Column[];
  readonly contract: SchemaContract;
  readonly processing: LoadSpec['processing'];
}

/** Structs count with their fields. BigQuery takes 10,000; a table that people read has far fewer. */
const MAX_COLUMNS = 1000;

/**
 * Reconciles what arrives with what is there: the columns of the table keep their place, new ones
 * follow in order of appearance, and the contract decides what may change.
 * @throws schema_frozen, type_conflict, columns_too_many
 */
export function planTable(needs: TableNeeds): TablePlan {
  assertTableMayAppear(needs);
  const arriving = nameIncoming(needs);
  const fixed = new Map(declaredColumns(needs).map((column) => [column.name, column]));
  const known = [...(needs.current ?? [])];
  known.push(...[...fixed.values()].filter(({ name }) => !known.some((one) => one.name === name)));
  const knownNames = new Set(known.map(({ name }) => name));
  const strangers = [...arriving.values()].filter(({ name }) => !knownNames.has(name));
  const columns = [
    ...known.map((column) => planKnown(needs, column, { fixed, arriving })),
    ...admitted(needs, strangers),
  ];
  const planned = [...columns, ...mappedColumns(needs, columns)];
  assertColumnCount(needs.table, planned);
  return {
    columns: planned,
    changes: changesOf(needs.current, planned),
    forbidden: strangersAre(needs) === 'discard_row' ? strangers.map(({ source }) => source) : [],
    processing: needs.processing,
  };
}

type Arriving = Column & { readonly source: string };

function assertTableMayAppear({ table, current, declared, contract }: TableNeeds): void {
  if (current || declared || contract.tables !== 'freeze') return;
  throw fail('schema_frozen', `table '${table}' does not exist, and the contract is freeze`, {
    hint: 'Declare the table in schemas/, or set schema_contract.tables to evolve.',
    details: { table },
  });
}

function nameIncoming({ incoming }: TableNeeds): Map<string, Arriving> {
  const names = safeNames(incoming.map(({ name }) => name));
  return new Map(
    incoming.map((column, index) => {
      const name = names[index] ?? column.name;
      return [name, { ...column, name, source: column.name }];
    }),
  );
}

function declaredColumns({ declared }: TableNeeds): Column[] {
  return (declared?.columns ?? []).map(({ name, type, nullable }) => ({
    name: safeName(name),
    type: parseTypeName(type),
    nullable,
  }));
}

interface Arrivals {
  readonly fixed: ReadonlyMap<string, Column>;
  readonly arriving: ReadonlyMap<string, Arriving>;
}

/** A column that the table has or the schema file declares. */
function planKnown(needs: TableNeeds, column: Column, arrivals: Arrivals): PlannedColumn {
  const declared = arrivals.fixed.get(column.name);
  const arriving = arrivals.arriving.get(column.name);
  const source = arriving?.source ?? null;
  const onMismatch = mismatchOf(needs.contract);
  if (declared) {
    if (!sameType(column.type, declared.type)) assertDeclaredHolds(needs, column, declared);
    return { ...declared, source, onMismatch };
  }
  const { name, type } = column;
  const widened = arriving ? widenType(type, arriving.type) : type;
  if (sameType(widened, type)) return { name, type, source, onMismatch };
  const mode = needs.contract.data_type;
  if (mode === 'evolve') return { name, type: widened, source, onMismatch };
  if (mode === 'freeze') throw frozenType(needs, column, arriving?.type ?? widened);
  return { name, type, source, onMismatch };
}

function mismatchOf(contract: SchemaContract): PlannedColumn['onMismatch'] {
  if (contract.data_type === 'discard_row') return 'quarantine';
  return contract.data_type === 'discard_value' ? 'null' : 'fail';
}

function assertDeclaredHolds({ table }: TableNeeds, column: Column, declared: Column): void {
  if (sameType(widenType(column.type, declared.type), declared.type)) return;
  const [is, wants] = [typeName(column.type), typeName(declared.type)];
  throw fail(
    'type_conflict',
    `column '${column.name}' of table '${table}' is ${is}, and its schema file declares ${wants}`,
    {
      hint: `Declare ${is} or a wider type, or rebuild the table under another name.`,
      details: { table, column: column.name, type: is, declared: wants },
    },
  );
}

function frozenType({ table }: TableNeeds, { name, type }: Column, arrives: ColumnType): Error {
  const [is, comes] = [typeName(type), typeName(arrives)];
  return fail(
    'schema_frozen',
    `column '${name}' of table '${table}' is ${is}, the data brings ${comes}, and the contract is freeze`,
    {
      hint: 'Set schema_contract.data_type to evolve to widen the column, or to discard_row.',
      details: { table, column: name, type: is, incoming: comes },
    },
  );
}

/** What the contract says of columns that nobody knows; a new table has no such. */
function strangersAre({ current, declared, contract }: TableNeeds): SchemaContract['columns'] {
  return current || declared ? contract.columns : 'evolve';
}

function admitted(needs: TableNeeds, strangers: readonly Arriving[]): PlannedColumn[] {
  const mode = strangersAre(needs);
  const [first] = strangers;
  if (mode === 'freeze' && first) {
    throw fail(
      'schema_frozen',
      `the data brings column '${first.source}' (${typeName(first.type)}), which table '${needs.table}' does not have, and the contract is freeze`,
      {
        hint: 'Set schema_contract.columns to evolve to add it, or to discard_value to leave it out.',
        details: { table: needs.table, columns: strangers.map(({ source }) => source) },
      },
    );
  }
  if (mode !== 'evolve') return [];
  return strangers.map((column) => ({ ...column, onMismatch: mismatchOf(needs.contract) }));
}

/** What a map makes anew is text, unless the schema file declares it otherwise. */
function mappedColumns(
  { processing }: TableNeeds,
  planned: readonly PlannedColumn[],
): PlannedColumn[] {
  const names = processing.flatMap((step) => ('map' in step ? Object.keys(step.map) : []));
  return [...new Set(names)]
    .filter((name) => !planned.some((column) => column.name === name))
    .map((name) => ({ name, type: { kind: 'text' }, source: null, onMismatch: 'fail' }));
}

function changesOf(
  current: readonly Column[] | null,
  planned: readonly PlannedColumn[],
): TableChange[] {
  if (!current) return [{ change: 'create' }];
  const types = new Map(current.map(({ name, type }) => [name, type]));
  return planned.flatMap(({ name, type }): TableChange[] => {
    const before = types.get(name);
    if (!before) return [{ change: 'add_column', column: { name, type } }];
    return sameType(before, type) ? [] : [{ change: 'change_type', column: { name, type } }];
  });
}

function assertColumnCount(table: string, columns: readonly Column[]): void {
  const count = columns.reduce((sum, { type }) => sum + leavesOf(type), 0);
  if (count <= MAX_COLUMNS) return;
  throw fail(
    'columns_too_many',
    `table '${table}' would have ${count} columns, fields of structs included; ${MAX_COLUMNS} is the limit`,
    {
      hint: 'Is there an object whose keys are data, such as ids? Declare its column as json.',
      details: { table, columns: count, limit: MAX_COLUMNS },
    },
  );
}

function leavesOf(type: ColumnType): number {
  if (type.kind === 'array') return leavesOf(type.element);
  if (type.kind !== 'struct') return 1;
  return type.fields.reduce((sum, field) => sum + leavesOf(field.type), 0);
}
