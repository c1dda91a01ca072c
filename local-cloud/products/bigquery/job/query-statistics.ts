import type { StatementOutcome } from '../sql/run-script.ts';
import type { QueryStatistics } from './job.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics2 */
export function queryStatistics(outcomes: readonly StatementOutcome[]): {
  readonly totalBytesProcessed: string;
  readonly query: QueryStatistics;
  readonly [field: string]: unknown;
} {
  const [only] = outcomes;
  const isScript = outcomes.length > 1;
  const totalBytesProcessed = String(sum(outcomes.map((one) => one.bytesProcessed)));
  const totalBytesBilled = String(sum(outcomes.map((one) => one.bytesBilled)));
  return {
    totalBytesProcessed,
    ...(isScript ? { numChildJobs: String(outcomes.length) } : {}),
    query: {
      statementType: isScript ? 'SCRIPT' : (only?.statementType ?? 'SCRIPT'),
      totalBytesProcessed,
      totalBytesBilled,
      cacheHit: false,
      referencedTables: referenced(outcomes),
      ...dmlOf(outcomes),
      ...(only && !isScript ? ddlOf(only) : {}),
    },
  };
}

function referenced(outcomes: readonly StatementOutcome[]) {
  const tables = new Map(outcomes.flatMap((one) => one.tables.map((table) => [table.key, table])));
  return [...tables.values()].map(({ tableReference }) => tableReference);
}

function dmlOf(outcomes: readonly StatementOutcome[]): object {
  const stats = outcomes.flatMap(({ dmlStats }) => dmlStats ?? []);
  if (stats.length === 0) return {};
  const total = (name: keyof (typeof stats)[number]): string =>
    String(sum(stats.map((one) => Number(one[name]))));
  const dmlStats = {
    insertedRowCount: total('insertedRowCount'),
    updatedRowCount: total('updatedRowCount'),
    deletedRowCount: total('deletedRowCount'),
  };
  return { dmlStats, numDmlAffectedRows: String(sum(Object.values(dmlStats).map(Number))) };
}

function ddlOf({ ddlOperationPerformed, target }: StatementOutcome): object {
  if (ddlOperationPerformed === undefined) return {};
  return { ddlOperationPerformed, ...(target ? { ddlTargetTable: target } : {}) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((before, number) => before + number, 0);
}
