import type { Clock } from 'base/clock.ts';
import type { Dataset, QueryLimits } from '../../../engine/flow/warehouse.ts';
import type { WorkLimits } from '../../../engine/tenant/plan/plan.ts';
import { describeQuery } from '../column-type.ts';
import { raiseFence } from '../ingest/fence.ts';
import { findLoad, readState } from '../ingest/load-records.ts';
import { describeTable, publishStaging } from '../ingest/publish.ts';
import { stageParts } from '../ingest/stage.ts';
import { buildModel } from '../query/build-model.ts';
import { measureRules } from '../query/measure-rules.ts';
import {
  listTables,
  previewTable,
  quarantineSummary,
  runQuery,
  tableDetail,
} from '../query/read-tables.ts';
import { checkSelect } from '../query/select-gate.ts';
import { identifier, literal, runSql } from '../run-sql.ts';
import { withTimeLimit } from './time-limit.ts';
import { withConnection } from './with-connection.ts';
import type { Connect, Work } from './with-connection.ts';

interface DatasetOptions {
  readonly clock: Clock;
  readonly limits?: WorkLimits | undefined;
}

/** The tables of one tenant in an open DuckDB file. Each call has a connection of its own. */
export function createDataset(connect: Connect, { clock, limits }: DatasetOptions): Dataset {
  const on = <T>(work: Work<T>, signal?: AbortSignal) => withConnection(connect, work, signal);
  // What runs SQL that the tenant wrote, or reads a view of it.
  const timed = <T>(work: Work<T>, signal?: AbortSignal) =>
    withTimeLimit(limits?.maxQuerySeconds, signal, (until) => on(work, until));
  return {
    findLoad: (loadId) => on((connection) => findLoad(connection, loadId)),
    raiseFence: (runId, fence) => on((connection) => raiseFence(connection, runId, fence)),
    readState: (key) => on((connection) => readState(connection, key)),
    describeTable: (table) => on((connection) => describeTable(connection, table)),
    stage: (request, signal) => on((connection) => stageParts(connection, request), signal),
    measure: (table, rules, signal) =>
      timed(async (connection) => {
        const columns = await describeQuery(connection, `SELECT * FROM ${identifier(table)}`);
        return measureRules(connection, { table, columns, rules, now: clock.now() });
      }, signal),
    publish: (request, signal) => on((connection) => publishStaging(connection, request), signal),
    dropStaging: (table) =>
      on(async (connection) => {
        await runSql(connection, `DROP TABLE IF EXISTS ${identifier(table)}`);
      }),
    dialect: { quoteName: identifier, quoteText: literal },
    referencedTables: (sql, place) =>
      on(async (connection) => (await checkSelect(connection, sql, place)).tables),
    buildModel: (build, signal) => timed((connection) => buildModel(connection, build), signal),
    listTables: () => on(listTables),
    tableDetail: (table) => on((connection) => tableDetail(connection, table)),
    previewTable: (table, limit) => timed((connection) => previewTable(connection, table, limit)),
    query: (sql, asked, signal) =>
      on((connection) => runQuery(connection, sql, narrow(asked, limits)), signal),
    quarantineSummary: (runId) => on((connection) => quarantineSummary(connection, runId)),
  };
}

/** The smaller of what was asked and what the plan allows. */
function narrow(asked: QueryLimits, limits: WorkLimits | undefined): QueryLimits {
  if (!limits) return asked;
  return {
    maxRows: Math.min(asked.maxRows, limits.maxResultRows),
    timeoutMs: Math.min(asked.timeoutMs, limits.maxQuerySeconds * 1000),
  };
}
