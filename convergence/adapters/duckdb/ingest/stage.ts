import type { DuckDBConnection } from '@duckdb/node-api';
import type { StageRequest, Staged } from '../../../engine/flow/warehouse.ts';
import type { TablePlan } from '../../../engine/flow/normalize/table-plan.ts';
import { isRowRule } from '../../../engine/pipeline/spec/check-spec.ts';
import { checkExpression } from '../query/check-expression.ts';
import { identifier, inTransaction, readRows, runSql } from '../run-sql.ts';
import { assertWhole } from '../parts/assert-whole.ts';
import { inferGroup, mergeColumns } from '../parts/infer-columns.ts';
import type { InferredGroup } from '../parts/infer-columns.ts';
import { isOutgrown, readingError } from '../parts/reading-error.ts';
import { groupParts, PART_COLUMN } from '../parts/read-parts.ts';
import type { PartGroup, Reading } from '../parts/read-parts.ts';
import { processingError } from './processing-error.ts';
import { setAside } from './set-aside.ts';
import { hasFilter, helperColumns, KEEP_COLUMN, stagingQuery } from './staging-query.ts';

/**
 * Parts to a staging table: first with types that a sample suggests, and only if a row does not fit
 * them with types by all rows. Either way the columns are those of all rows.
 * @throws file_unreadable, type_conflict, columns_too_many, schema_frozen, sql_*
 */
export async function stageParts(
  connection: DuckDBConnection,
  request: StageRequest,
): Promise<Staged> {
  try {
    // First, not beside it: DuckDB sometimes hangs or dies on gzip that breaks off.
    await assertWhole(request.parts);
    const plan = await fillStaging(connection, request);
    return { plan, ...(await judgeRows(connection, request, plan)) };
  } catch (error) {
    throw readingError(error, request);
  }
}

async function fillStaging(
  connection: DuckDBConnection,
  request: StageRequest,
): Promise<TablePlan> {
  const groups = await groupParts(connection, request.parts);
  const plan =
    (await tryStage(connection, { request, groups, depth: 'sample' })) ??
    (await tryStage(connection, { request, groups, depth: 'all' }));
  if (!plan) throw new Error('types by all rows were outgrown');
  return plan;
}

interface Attempt {
  readonly request: StageRequest;
  readonly groups: readonly PartGroup[];
  readonly depth: Reading['depth'];
}

/** Null when the parts do not fit the types that a sample suggested. */
async function tryStage(connection: DuckDBConnection, attempt: Attempt): Promise<TablePlan | null> {
  const { request, depth } = attempt;
  const groups: InferredGroup[] = [];
  try {
    for (const group of attempt.groups) groups.push(await inferGroup(connection, group, depth));
    const plan = request.plan(mergeColumns(groups));
    for (const step of plan.processing) {
      const expressions = 'filter' in step ? [step.filter] : Object.values(step.map);
      for (const expression of expressions) await checkExpression(connection, expression);
    }
    const filled = groups.filter(({ stored }) => stored.length > 0);
    const query = stagingQuery({ ...request, plan, groups: filled });
    const create = `CREATE OR REPLACE TABLE ${identifier(request.staging)} AS ${query}`;
    await runSql(connection, create).catch((error: unknown) => {
      throw processingError(error, plan, request.table);
    });
    if (depth === 'sample' && (await lostDigits(connection, request.staging, { plan, groups }))) {
      return null;
    }
    return plan;
  } catch (error) {
    if (depth === 'sample' && isOutgrown(error)) return null;
    throw error;
  }
}

/** From here on a double cannot tell an integer from its neighbour. */
const MAX_SAFE_INTEGER = 2 ** 53;

/** Whole numbers that were read as doubles; a Parquet file says itself that it has doubles. */
async function lostDigits(
  connection: DuckDBConnection,
  staging: string,
  { plan, groups }: { plan: TablePlan; groups: readonly InferredGroup[] },
): Promise<boolean> {
  const doubtful = plan.columns.filter(
    ({ type, source }) => type.kind === 'double' && groups.some((one) => readsDouble(one, source)),
  );
  if (doubtful.length === 0) return false;
  const tests = doubtful.map(({ name }) => `max(abs(${identifier(name)})) >= ${MAX_SAFE_INTEGER}`);
  const [row] = await readRows<{ lost: boolean | null }>(
    connection,
    `SELECT ${tests.map((test) => `coalesce(${test}, false)`).join(' OR ')} AS lost
     FROM ${identifier(staging)}`,
  );
  return row?.lost === true;
}

function readsDouble({ group, stored }: InferredGroup, source: string | null): boolean {
  if (group.format === 'parquet') return false;
  return stored.some(({ name, type }) => name === source && type.kind === 'double');
}

/** Takes what is not to be published out of the staging table, and counts. */
async function judgeRows(
  connection: DuckDBConnection,
  request: StageRequest,
  plan: TablePlan,
): Promise<Omit<Staged, 'plan'>> {
  const staging = identifier(request.staging);
  const report = await inTransaction(connection, async () => {
    const parts = await readRows<{ path: string; first: bigint; rows: bigint }>(
      connection,
      `SELECT ${PART_COLUMN} AS path, min(rowid) AS first, count(*) AS rows
       FROM ${staging} GROUP BY ALL`,
    );
    if (hasFilter(plan)) {
      await runSql(connection, `DELETE FROM ${staging} WHERE NOT ${KEEP_COLUMN}`);
    }
    const firstRows = new Map(parts.map(({ path, first }) => [path, Number(first)]));
    const rules = request.rules.filter(isRowRule);
    const aside = await setAside(connection, { request, plan, rules, firstRows });
    return { rowsIn: parts.reduce((sum, { rows }) => sum + Number(rows), 0), ...aside };
  });
  // Apart: DuckDB does not commit the deletion of rows and of columns together.
  for (const name of helperColumns(plan)) {
    await runSql(connection, `ALTER TABLE ${staging} DROP COLUMN ${name}`);
  }
  return report;
}
