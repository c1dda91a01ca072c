import type { JobMetadata, TableField } from '@google-cloud/bigquery';
import { AppError } from 'base/error.ts';
import { fail } from '../../../../engine/error-codes.ts';
import { sqlError } from '../../../../engine/flow/transform/sql-error.ts';
import type { TenantSql } from '../../../../engine/flow/transform/sql-error.ts';
import { dryRun, runQuery } from '../../client/run-query.ts';
import { failureOf } from '../../client/translate-error.ts';
import type { TenantDataset } from '../../dataset/tenant-dataset.ts';
import { checkSelect } from './select-gate.ts';
import type { CheckedSelect } from './select-gate.ts';

/** SQL of a tenant that BigQuery has looked at and that reaches nothing but its dataset. */
export interface AllowedSelect extends CheckedSelect {
  readonly fields: readonly TableField[];
}

export interface SelectLimits {
  readonly timeoutMs?: number;
  readonly maxBytesBilled?: number | undefined;
}

/**
 * The wall around SQL of tenants: its words are read, and then BigQuery says in a dry run, which
 * costs nothing, what it would reach.
 * @throws sql_invalid, sql_forbidden
 */
export async function allowSelect(
  dataset: TenantDataset,
  given: TenantSql,
  signal?: AbortSignal,
): Promise<AllowedSelect> {
  const checked = checkSelect(given);
  const { sql } = checked;
  const statistics = await dryRun(
    dataset.client,
    { sql, dataset: dataset.id, labels: dataset.labels },
    signal,
  ).catch((error: unknown) => {
    throw sqlInvalid(error, given);
  });
  assertOwn(dataset, statistics.query, given);
  return { ...checked, fields: statistics.query?.schema?.fields ?? [] };
}

type QueryStatistics = NonNullable<JobMetadata['statistics']>['query'];

function assertOwn(
  { client, id }: TenantDataset,
  query: QueryStatistics,
  { place }: TenantSql,
): void {
  const { statementType, referencedTables = [] } = query ?? {};
  const { referencedRoutines = [] } = (query ?? {}) as { referencedRoutines?: readonly unknown[] };
  const isOwn = ({ projectId, datasetId }: { projectId?: string; datasetId?: string }) =>
    projectId === client.projectId && datasetId === id;
  const foreign = referencedTables.find((table) => !isOwn(table));
  const file = place ? `${place.file}: ` : '';
  const hint = 'A query may read the tables of its own dataset, named without dataset.';
  if (foreign) {
    const name = `${foreign.datasetId}.${foreign.tableId}`;
    throw fail('sql_forbidden', `${file}${name} is outside the dataset of the tenant`, { hint });
  }
  if (statementType !== 'SELECT' || referencedRoutines.length > 0) {
    throw fail(
      'sql_forbidden',
      `${file}only a SELECT that calls BigQuery’s own functions is allowed`,
      {
        hint,
      },
    );
  }
}

export interface SelectRun {
  /** As the tenant wrote it. */
  readonly given: TenantSql;
  /** What runs, with that in it. */
  readonly sql: string;
  /** Lines of our own SQL in front of that of the tenant. */
  readonly linesBefore?: number;
  readonly limits?: SelectLimits;
}

/** @throws sql_invalid, and what `runQuery` does */
export async function runSelect(
  dataset: TenantDataset,
  { given, sql, limits = {}, linesBefore = 0 }: SelectRun,
  signal?: AbortSignal,
): Promise<JobMetadata> {
  const { client, id, labels } = dataset;
  const billed = limits.maxBytesBilled;
  const spec = {
    sql,
    dataset: id,
    labels,
    ...(billed !== undefined && { maxBytesBilled: billed }),
  };
  try {
    return await runQuery(client, spec, signal);
  } catch (error) {
    throw sqlInvalid(error, given, linesBefore);
  }
}

/** BigQuery ends a message with the place that it means. */
const LOCATION = / at \[(\d+):(\d+)\]\.?$/;

/**
 * What BigQuery says against SQL of a tenant, with the line of the file and a caret; any other error
 * as it is.
 */
function sqlInvalid(error: unknown, given: TenantSql, linesBefore = 0): unknown {
  if (!(error instanceof AppError)) return error;
  const failure = failureOf(error);
  const isAbsent = error.code === 'table_absent' && failure !== null;
  if (error.code !== 'sql_invalid' && !isAbsent) return error;
  const message = (failure?.message ?? error.message).replace(/^Query error: /, '');
  const [place = '', line, column] = LOCATION.exec(message) ?? [];
  const words = message.slice(0, message.length - place.length);
  const ownLine = Number(line) - linesBefore;
  if (line === undefined || ownLine < 1) {
    const file = given.place ? `${given.place.file}: ` : '';
    return fail('sql_invalid', `${file}${words}`, { cause: error.cause });
  }
  return sqlError('sql_invalid', words, { ...given, line: ownLine, column: Number(column) });
}
