import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableSpec } from '../../spec/table-spec.ts';
import { checkLayout } from './check-layout.ts';

const COLUMNS = [
  { name: 'id', type: 'bigint' },
  { name: 'day', type: 'date' },
  { name: 'at', type: 'timestamptz' },
  { name: 'price', type: 'double' },
  { name: 'tags', type: 'text[]' },
];

function faultsOf(layout: object): string[] {
  const spec = tableSpec.parse({ table: 't', columns: COLUMNS, ...layout });
  return checkLayout(spec).map(
    ({ path, message, expected }) => `${path.join('.')}: ${message}; ${expected}`,
  );
}

test('layouts that BigQuery takes have no faults', () => {
  const range = { field: 'id', type: 'range', start: 0, end: 1000, interval: 10 };
  const layouts = [
    {},
    { partition_by: { field: 'Day', type: 'month', expiration_days: 90, require_filter: true } },
    { partition_by: { field: 'at', type: 'hour' }, cluster_by: ['id', 'day'] },
    { partition_by: range, cluster_by: 'at' },
  ];
  for (const layout of layouts) assert.deepEqual(faultsOf(layout), []);
});

test('others are told with what would do', () => {
  assert.deepEqual(faultsOf({ partition_by: { field: 'day', type: 'hour' } }), [
    "partition_by.field: a table cannot be partitioned by hour of 'day', which is date; a column of type timestamp or timestamptz",
  ]);
  assert.deepEqual(faultsOf({ partition_by: { field: 'at', type: 'range', expiration_days: 1 } }), [
    "partition_by.field: a table cannot be partitioned by range of 'at', which is timestamptz; a column of type bigint",
    'partition_by: a range has no start, end or interval; start: 0, end: 1000000, interval: 1000',
  ]);
  const wide = { field: 'id', type: 'range', start: 0, end: 1_000_000, interval: 1 };
  assert.deepEqual(faultsOf({ partition_by: { ...wide, expiration_days: 1 } }), [
    'partition_by: a range from 0 to 1000000 by 1; an end behind the start, and at most 10000 partitions',
    'partition_by.expiration_days: partitions of a range do not expire; no such key',
  ]);
  assert.deepEqual(faultsOf({ partition_by: { field: 'day', type: 'day', interval: 2 } }), [
    "partition_by.interval: 'interval' belongs to a range, and this is partitioned by day; no such key",
  ]);
  assert.deepEqual(faultsOf({ cluster_by: ['price', 'tags', 'id', 'day', 'at'] }), [
    'cluster_by: 5 columns to cluster by; at most 4',
    "cluster_by.0: a table cannot be clustered by 'price' of type double; a column of another type",
    "cluster_by.1: a table cannot be clustered by 'tags' of type text[]; a column of another type",
  ]);
});
