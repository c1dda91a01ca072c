import type { Fault } from 'base/document/explain-issue.ts';
import { orList } from 'base/document/show-value.ts';
import type { TableSpec } from '../../spec/table-spec.ts';

type PartitionSpec = NonNullable<TableSpec['partition_by']>;

const TIMES = /^(?:date|timestamp|datetime|timestamptz)$/i;
const INTEGERS = /^(?:bigint|int|integer|int64)$/i;
const UNSORTED = /^(?:double|float|float64|time|binary|bytes|json)$|\[\]$/i;
const MAX_CLUSTERED = 4;
const MAX_PARTITIONS = 10_000;

/**
 * Partitions and clustering as BigQuery takes them, wherever the table lies, so that a folder that
 * runs on DuckDB runs on BigQuery.
 * https://cloud.google.com/bigquery/docs/partitioned-tables and .../clustered-tables
 */
export function checkLayout({
  columns,
  partition_by: partition,
  cluster_by = [],
}: TableSpec): Fault[] {
  const typeOf = (name: string) =>
    columns.find((column) => column.name.toLowerCase() === name.toLowerCase())?.type.trim();
  const tooMany = {
    path: ['cluster_by'],
    message: `${cluster_by.length} columns to cluster by`,
    expected: `at most ${MAX_CLUSTERED}`,
  };
  const clustering = cluster_by.flatMap((name, index) => {
    const type = typeOf(name) ?? '';
    if (!UNSORTED.test(type)) return [];
    const message = `a table cannot be clustered by '${name}' of type ${type}`;
    return [{ path: ['cluster_by', index], message, expected: 'a column of another type' }];
  });
  return [
    ...(partition ? checkPartition(partition, typeOf(partition.field)) : []),
    ...(cluster_by.length > MAX_CLUSTERED ? [tooMany] : []),
    ...clustering,
  ];
}

function checkPartition(partition: PartitionSpec, type: string | undefined): Fault[] {
  const { field, type: by } = partition;
  const fits = type === undefined || (by === 'range' ? INTEGERS : timesOf(by)).test(type);
  const wrongType = {
    path: ['partition_by', 'field'],
    message: `a table cannot be partitioned by ${by} of '${field}', which is ${type}`,
    expected: by === 'range' ? 'a column of type bigint' : `a column of type ${timesIn(by)}`,
  };
  const ranges = by === 'range' ? checkRange(partition) : refuseRange(partition);
  return [...(fits ? [] : [wrongType]), ...ranges];
}

/** A date has no hours. */
function timesOf(by: PartitionSpec['type']): RegExp {
  return by === 'hour' ? /^(?:timestamp|datetime|timestamptz)$/i : TIMES;
}

function timesIn(by: PartitionSpec['type']): string {
  return orList(
    by === 'hour' ? ['timestamp', 'timestamptz'] : ['date', 'timestamp', 'timestamptz'],
  );
}

function checkRange({ start, end, interval, expiration_days: days }: PartitionSpec): Fault[] {
  if (start === undefined || end === undefined || interval === undefined) {
    const message = 'a range has no start, end or interval';
    return [
      { path: ['partition_by'], message, expected: 'start: 0, end: 1000000, interval: 1000' },
    ];
  }
  const faults: Fault[] = [];
  if (end <= start || (end - start) / interval > MAX_PARTITIONS) {
    const message = `a range from ${start} to ${end} by ${interval}`;
    const expected = `an end behind the start, and at most ${MAX_PARTITIONS} partitions`;
    faults.push({ path: ['partition_by'], message, expected });
  }
  if (days !== undefined) {
    const message = 'partitions of a range do not expire';
    faults.push({ path: ['partition_by', 'expiration_days'], message, expected: 'no such key' });
  }
  return faults;
}

function refuseRange(partition: PartitionSpec): Fault[] {
  return (['start', 'end', 'interval'] as const)
    .filter((key) => partition[key] !== undefined)
    .map((key) => ({
      path: ['partition_by', key],
      message: `'${key}' belongs to a range, and this is partitioned by ${partition.type}`,
      expected: 'no such key',
    }));
}
