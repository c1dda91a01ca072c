import { BigQueryError } from '../bigquery-error.ts';
import type { Layout } from '../resource/partitioning.ts';
import type { SchemaField } from '../resource/schema.ts';

const NAME = '`?([\\w-]+)`?';
const TRUNC = new RegExp(
  `^(?:TIMESTAMP|DATETIME|DATE)_TRUNC\\s*\\(\\s*${NAME}\\s*,\\s*(HOUR|DAY|MONTH|YEAR)\\s*\\)$`,
  'i',
);
const DATE_OF = new RegExp(`^DATE\\s*\\(\\s*${NAME}\\s*\\)$`, 'i');
const COLUMN = new RegExp(`^${NAME}$`);
const RANGE = new RegExp(
  `^RANGE_BUCKET\\s*\\(\\s*${NAME}\\s*,\\s*GENERATE_ARRAY\\s*\\(\\s*(-?\\d+)\\s*,\\s*(-?\\d+)\\s*(?:,\\s*(\\d+)\\s*)?\\)\\s*\\)$`,
  'i',
);

/** PARTITION BY and CLUSTER BY of a CREATE TABLE that the analyzer has taken. */
export function readLayout(
  sql: string,
  fields: readonly SchemaField[],
  expirationMs: unknown,
): Layout {
  const head = sql.split(/\bAS\s+(?:SELECT|WITH|\()/i)[0] ?? '';
  const clause = (name: string): string | undefined =>
    new RegExp(
      `\\b${name}\\s+BY\\s+(.+?)\\s*(?:\\bCLUSTER\\s+BY\\b|\\bOPTIONS\\s*\\(|$)`,
      'is',
    ).exec(head)?.[1];
  const [partition, cluster] = [clause('PARTITION'), clause('CLUSTER')];
  return {
    ...(partition === undefined ? {} : readPartition(partition.trim(), fields, expirationMs)),
    ...(cluster === undefined
      ? {}
      : {
          clustering: { fields: cluster.split(',').map((name) => name.trim().replaceAll('`', '')) },
        }),
  };
}

function readPartition(
  expression: string,
  fields: readonly SchemaField[],
  expirationMs: unknown,
): Layout {
  const [, ranged, start, end, interval = '1'] = RANGE.exec(expression) ?? [];
  if (ranged !== undefined && start !== undefined && end !== undefined)
    return {
      rangePartitioning: { field: nameOf(ranged, fields), range: { start, end, interval } },
    };
  const [, truncated, grain = 'DAY'] = TRUNC.exec(expression) ?? [];
  const column = truncated ?? DATE_OF.exec(expression)?.[1] ?? COLUMN.exec(expression)?.[1];
  if (column === undefined)
    throw new BigQueryError(
      'notImplemented',
      `local-cloud does not model PARTITION BY ${expression}.`,
    );
  const expires = typeof expirationMs === 'string' ? { expirationMs } : {};
  return {
    timePartitioning: { type: grain.toUpperCase(), field: nameOf(column, fields), ...expires },
  };
}

function nameOf(name: string, fields: readonly SchemaField[]): string {
  return fields.find((field) => field.name.toLowerCase() === name.toLowerCase())?.name ?? name;
}
