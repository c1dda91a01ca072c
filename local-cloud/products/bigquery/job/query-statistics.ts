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
      ...(only && !isScript ? { ...dmlOf(only), ...ddlOf(only) } : {}),
    },
  };
}

function referenced(outcomes: readonly StatementOutcome[]) {
  const tables = new Map(outcomes.flatMap((one) => one.tables.map((table) => [table.key, table])));
  return [...tables.values()].map(({ tableReference }) => tableReference);
}

function dmlOf({ dmlStats }: StatementOutcome): object {
  if (!dmlStats) return {};
  const numDmlAffectedRows = String(sum(Object.values(dmlStats).map(Number)));
  return { dmlStats, numDmlAffectedRows };
}

function ddlOf({ ddlOperationPerformed, target }: StatementOutcome): object {
  if (ddlOperationPerformed === undefined) return {};
  return { ddlOperationPerformed, ...(target ? { ddlTargetTable: target } : {}) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((before, number) => before + number, 0);
}
