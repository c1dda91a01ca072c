import { setTimeout } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from 'base/clock.ts';
import type { Dataset } from '../../engine/flow/warehouse.ts';
import { describeQuery } from './column-type.ts';
import { raiseFence } from './ingest/fence.ts';
import { findLoad, readState } from './ingest/load-records.ts';
import { describeTable, publishStaging } from './ingest/publish.ts';
import { stageParts } from './ingest/stage.ts';
import { buildModel } from './query/build-model.ts';
import { measureRules } from './query/measure-rules.ts';
import {
  listTables,
  previewTable,
  quarantineSummary,
  runQuery,
  tableDetail,
} from './query/read-tables.ts';
import { checkSelect } from './query/select-gate.ts';
import { identifier, runSql } from './run-sql.ts';
import { translateError } from './translate-error.ts';

type Connect = () => Promise<DuckDBConnection>;

/** The tables of one tenant in an open DuckDB file. Each call has a connection of its own. */
export function createDataset(connect: Connect, clock: Clock): Dataset {
  const on = <T>(work: (connection: DuckDBConnection) => Promise<T>, signal?: AbortSignal) =>
    withConnection(connect, work, signal);
  return {
    findLoad: (loadId) => on((connection) => findLoad(connection, loadId)),
    raiseFence: (runId, fence) => on((connection) => raiseFence(connection, runId, fence)),
    readState: (key) => on((connection) => readState(connection, key)),
    describeTable: (table) => on((connection) => describeTable(connection, table)),
    stage: (request, signal) => on((connection) => stageParts(connection, request), signal),
    measure: (table, rules, signal) =>
      on(async (connection) => {
        const columns = await describeQuery(connection, `SELECT * FROM ${identifier(table)}`);
        return measureRules(connection, { table, columns, rules, now: clock.now() });
      }, signal),
    publish: (request, signal) => on((connection) => publishStaging(connection, request), signal),
    dropStaging: (table) =>
      on(async (connection) => {
        await runSql(connection, `DROP TABLE IF EXISTS ${identifier(table)}`);
      }),
    referencedTables: (sql, place) =>
      on(async (connection) => (await checkSelect(connection, sql, place)).tables),
    buildModel: (build, signal) => on((connection) => buildModel(connection, build), signal),
    listTables: () => on(listTables),
    tableDetail: (table) => on((connection) => tableDetail(connection, table)),
    previewTable: (table, limit) => on((connection) => previewTable(connection, table, limit)),
    query: (sql, limits, signal) => on((connection) => runQuery(connection, sql, limits), signal),
    quarantineSummary: (runId) => on((connection) => quarantineSummary(connection, runId)),
  };
}

/** Keys are unique only in tables of the product, where a second writer finds what the first wrote. */
const CONFLICT =
  /^TransactionContext Error: |write-write conflict|^Constraint Error: Duplicate key/;
/** As long as the longest publish of another step of the same run may hold the fence. */
const CONFLICT_PATIENCE_MS = 60_000;
const CONFLICT_PAUSE_MS = 25;

/** DuckDB refuses at once what another transaction is changing; each of our works can be repeated. */
async function untilNoConflict<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const untilMs = performance.now() + CONFLICT_PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isConflict = error instanceof Error && CONFLICT.test(error.message);
      if (!isConflict || performance.now() > untilMs) throw error;
      await setTimeout(CONFLICT_PAUSE_MS, undefined, { signal });
    }
  }
}

/** Between two statements there is nothing to interrupt, so an abort knocks until somebody hears. */
const INTERRUPT_EVERY_MS = 50;

async function withConnection<T>(
  connect: Connect,
  work: (connection: DuckDBConnection) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const connection = await connect();
  let knocking: NodeJS.Timeout | undefined;
  const interrupt = () => {
    connection.interrupt();
    knocking = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
  };
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    signal?.throwIfAborted();
    const result = await untilNoConflict(() => work(connection), signal);
    signal?.throwIfAborted();
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    throw translateError(error);
  } finally {
    signal?.removeEventListener('abort', interrupt);
    clearInterval(knocking);
    connection.disconnectSync();
  }
}
