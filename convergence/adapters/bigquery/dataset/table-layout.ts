import type { TableMetadata } from '@google-cloud/bigquery';
import { fail } from '../../../engine/error-codes.ts';
import { safeName } from '../../../engine/flow/normalize/column-name.ts';
import type { TableSpec } from '../../../engine/pipeline/spec/table-spec.ts';

export type TableLayout = Pick<
  TableMetadata,
  'timePartitioning' | 'rangePartitioning' | 'clustering' | 'requirePartitionFilter'
>;

const DAY_MS = 24 * 3_600_000;

/** How the rows of a table lie that its schema file declares, in the fields of the REST API. */
export function tableLayout(declared: TableSpec | null): TableLayout {
  const { partition_by: partition, cluster_by: cluster } = declared ?? {};
  return {
    ...(partition && partitioning(partition)),
    ...(cluster && { clustering: { fields: cluster.map(safeName) } }),
  };
}

function partitioning(partition: NonNullable<TableSpec['partition_by']>): TableLayout {
  const { type, start, end, interval, expiration_days: days, require_filter: filter } = partition;
  const field = safeName(partition.field);
  const requirePartitionFilter = filter === true;
  if (type === 'range') {
    const range = { start: String(start), end: String(end), interval: String(interval) };
    return { rangePartitioning: { field, range }, requirePartitionFilter };
  }
  const expirationMs = days === undefined ? {} : { expirationMs: String(days * DAY_MS) };
  const timePartitioning = { field, type: type.toUpperCase(), ...expirationMs };
  return { timePartitioning, requirePartitionFilter };
}

/**
 * What has to be changed of a table so that its rows lie as declared: expiration, required filter and
 * clustering. A table without a declaration stays as somebody made it.
 * @throws schema_frozen when the declaration wants other partitions, which BigQuery cannot change
 */
export function layoutChanges(
  table: string,
  current: TableMetadata,
  declared: TableSpec | null,
): TableLayout | null {
  if (!declared?.partition_by && !declared?.cluster_by) return null;
  const wanted = keepExpiry(tableLayout(declared), current);
  if (shapeOf(current) !== shapeOf(wanted)) throw otherPartitions(table, current, wanted);
  // Clustering that nobody declares may be somebody's own.
  const after = { ...current, ...wanted };
  return JSON.stringify(changeable(after)) === JSON.stringify(changeable(current)) ? null : wanted;
}

/** Where nobody declares one, the table has that of its dataset, or somebody's own. */
function keepExpiry(wanted: TableLayout, { timePartitioning: is }: TableLayout): TableLayout {
  const { timePartitioning: wants } = wanted;
  if (!wants || wants.expirationMs || !is?.expirationMs) return wanted;
  return { ...wanted, timePartitioning: { ...wants, expirationMs: is.expirationMs } };
}

/** In one order, whatever else the table says of itself. */
function changeable({
  timePartitioning,
  clustering,
  requirePartitionFilter,
}: TableLayout): unknown {
  const expires = timePartitioning?.expirationMs ?? null;
  return [expires, clustering?.fields ?? [], requirePartitionFilter ?? false];
}

/** What cannot be changed. */
function shapeOf({ timePartitioning: time, rangePartitioning: range }: TableLayout): string {
  if (time) return `${time.type?.toLowerCase()} of ${time.field}`;
  if (!range) return 'no partitions';
  const { start, end, interval } = range.range ?? {};
  return `range of ${range.field} from ${start} to ${end} by ${interval}`;
}

function otherPartitions(table: string, current: TableLayout, wanted: TableLayout): Error {
  const [is, wants] = [shapeOf(current), shapeOf(wanted)];
  return fail(
    'schema_frozen',
    `table '${table}' has partitions by ${is}, and its schema file declares ${wants}; BigQuery cannot change the partitions of a table`,
    {
      hint: 'Declare what it has, or load into a table of another name.',
      details: { table, partitions: is, declared: wants },
    },
  );
}

/** A condition that names the partitions of all rows, where a statement must name some. */
export function everyPartition(current: TableLayout, quote: (name: string) => string): string {
  const field = current.timePartitioning?.field ?? current.rangePartitioning?.field;
  if (current.requirePartitionFilter !== true || field === undefined) return 'TRUE';
  return `(${quote(field)} IS NOT NULL OR ${quote(field)} IS NULL)`;
}
