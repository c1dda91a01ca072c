import { BigQueryError } from '../bigquery-error.ts';
import type { SchemaField } from './schema.ts';

export interface TimePartitioning {
  readonly type: string;
  readonly field?: string;
  readonly expirationMs?: string;
}

export interface RangePartitioning {
  readonly field: string;
  readonly range: { readonly start: string; readonly end: string; readonly interval: string };
}

export interface Layout {
  readonly timePartitioning?: TimePartitioning;
  readonly rangePartitioning?: RangePartitioning;
  readonly clustering?: { readonly fields: readonly string[] };
}

const GRAINS: Readonly<Record<string, readonly string[]>> = {
  DATE: ['DAY', 'MONTH', 'YEAR'],
  DATETIME: ['HOUR', 'DAY', 'MONTH', 'YEAR'],
  TIMESTAMP: ['HOUR', 'DAY', 'MONTH', 'YEAR'],
};
const CLUSTERED = [
  'STRING',
  'INTEGER',
  'NUMERIC',
  'BIGNUMERIC',
  'DATE',
  'DATETIME',
  'TIMESTAMP',
  'BOOLEAN',
  'GEOGRAPHY',
];
const MAX_CLUSTERED = 4;
const MAX_PARTITIONS = 10_000;

/** The column that parts the rows; null: none does. */
export function partitionField({ timePartitioning, rangePartitioning }: Layout): string | null {
  return timePartitioning?.field ?? rangePartitioning?.field ?? null;
}

/** https://cloud.google.com/bigquery/docs/partitioned-tables and …/clustered-tables */
export function requireLayout(layout: Layout, fields: readonly SchemaField[]): void {
  const { timePartitioning: time, rangePartitioning: range, clustering } = layout;
  if (time && range) throw invalid('Cannot specify both time partitioning and range partitioning.');
  if (time) requireTimePartitioning(time, fields);
  if (range) requireRangePartitioning(range, fields);
  if (clustering) requireClustering(clustering.fields, fields);
}

function requireTimePartitioning(time: TimePartitioning, fields: readonly SchemaField[]): void {
  if (time.field === undefined)
    throw new BigQueryError(
      'notImplemented',
      'local-cloud does not model partitioning by time of ingestion: name a field.',
    );
  const type = findField(time.field, fields, 'partitioning').type;
  const grains = GRAINS[type];
  if (!grains)
    throw invalid(
      `The field specified for time partitioning must be of type DATE, TIMESTAMP or DATETIME; ${time.field} is ${type}.`,
    );
  if (!grains.includes(time.type))
    throw invalid(
      `Time partitioning type ${time.type} is not supported on a field of type ${type}.`,
    );
}

function requireRangePartitioning(
  { field, range }: RangePartitioning,
  fields: readonly SchemaField[],
): void {
  const { type } = findField(field, fields, 'partitioning');
  if (type !== 'INTEGER')
    throw invalid(
      `The field specified for range partitioning can only be of type INTEGER; ${field} is ${type}.`,
    );
  const [start, end, interval] = [range?.start, range?.end, range?.interval].map(Number);
  const isRange =
    start !== undefined &&
    end !== undefined &&
    interval !== undefined &&
    interval > 0 &&
    end > start;
  if (!isRange)
    throw invalid(
      'Invalid range partitioning: start, end and interval are required, start below end, interval above 0.',
    );
  if ((end - start) / interval > MAX_PARTITIONS)
    throw invalid(
      `Range partitioning generates more partitions than the limit of ${MAX_PARTITIONS}.`,
    );
}

function requireClustering(names: readonly string[], fields: readonly SchemaField[]): void {
  if (names.length > MAX_CLUSTERED)
    throw invalid(
      `Too many fields specified for clustering. Maximum number of fields is ${MAX_CLUSTERED}.`,
    );
  for (const name of names) {
    const { type, mode } = findField(name, fields, 'clustering');
    if (!CLUSTERED.includes(type) || mode === 'REPEATED')
      throw invalid(`Field ${name} of type ${type} is not supported for clustering.`);
  }
}

function findField(name: string, fields: readonly SchemaField[], use: string): SchemaField {
  const found = fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
  if (!found)
    throw invalid(`The field specified for ${use} cannot be found in the schema: ${name}`);
  return found;
}

function invalid(message: string): BigQueryError {
  return new BigQueryError('invalid', message);
}
