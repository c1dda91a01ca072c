import { BigQueryError } from '../bigquery-error.ts';
import { partitionField } from '../resource/partitioning.ts';
import { sqlName } from '../resource/reference.ts';
import type { KeptTable } from '../resource/table.ts';

type Node = Readonly<Record<string, unknown>>;

/**
 * Refuses a statement that reads a table with `requirePartitionFilter` and has no condition on its
 * column. That the condition leaves out partitions is not checked.
 */
export function requirePartitionFilters(
  resolved: Node,
  placed: readonly { readonly table: KeptTable }[],
): void {
  for (const { table } of placed) {
    const column = partitionField(table);
    if (table.requirePartitionFilter !== true || column === null) continue;
    const scans = columnsScanned(resolved, table.tableReference.tableId, column);
    const filtered = filteredColumns(resolved);
    if (scans.every((scan) => scan.some((id) => filtered.has(id)))) continue;
    const name = sqlName(table.tableReference);
    throw new BigQueryError(
      'invalidQuery',
      `Cannot query over table '${name}' without a filter over column(s) '${column}' that can be used for partition elimination`,
      { location: 'query' },
    );
  }
}

interface Column {
  readonly column_id?: string;
  readonly name?: string;
}

/** For each scan of the table, the ids of the column; none where the scan does not even read it. */
function columnsScanned(resolved: Node, tableId: string, name: string): string[][] {
  const scans = find(resolved, 'resolved_table_scan_node').filter((scan) => {
    const { name: scanned = '' } = (scan['table'] ?? {}) as Column;
    return scanned.split('.').at(-1) === tableId;
  });
  return scans.map((scan) => {
    const { column_list: columns = [] } = (scan['parent'] ?? {}) as { column_list?: Column[] };
    return columns
      .filter((column) => column.name?.toLowerCase() === name.toLowerCase())
      .map((column) => String(column.column_id));
  });
}

/** Ids of columns in conditions, of DML and of joins, too. */
function filteredColumns(resolved: Node): ReadonlySet<string> {
  const conditions = ['filter_expr', 'where_expr', 'join_expr'].flatMap((key) =>
    find(resolved, key),
  );
  const refs = conditions.flatMap((condition) => find(condition, 'resolved_column_ref_node'));
  return new Set(refs.map(({ column }) => String((column as Column).column_id)));
}

function find(value: unknown, key: string): Node[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, below]) => [
    ...(name === key && typeof below === 'object' && below !== null ? [below as Node] : []),
    ...find(below, key),
  ]);
}
