import type { QueryLimits } from '../../../engine/flow/warehouse.ts';
import { fail } from '../../../engine/error-codes.ts';
import type { WorkLimits } from '../../../engine/tenant/plan/plan.ts';
import { readRows } from '../client/run-query.ts';
import type { RawRow } from '../client/run-query.ts';
import { columnOf } from '../column-type.ts';
import type { Reading } from '../dataset/dataset.ts';
import { findTable } from '../dataset/table.ts';
import type { TenantDataset } from '../dataset/tenant-dataset.ts';
import { quoteName, quoteText } from '../sql-text.ts';
import { buildModel } from './model/build-model.ts';
import { measureRules } from './rule/measure-rules.ts';
import type { RowReader, SqlRow } from './rule/measure-rules.ts';
import {
  listTables,
  previewTable,
  runTenantQuery,
  tableDetail,
  withDeadline,
} from './read-tables.ts';
import { allowSelect, runSelect } from './select/run-select.ts';
import type { SelectLimits } from './select/run-select.ts';
import { checkSelect } from './select/select-gate.ts';

/** What of a dataset reads tables and builds them with SQL of the tenant, within its limits. */
export function createReading(dataset: TenantDataset, limits: WorkLimits | undefined): Reading {
  const { clock } = dataset.client.deps;
  const billed = { maxBytesBilled: limits?.maxScanBytes ?? undefined };
  // What runs SQL that the tenant wrote, or reads a view of it.
  const timed = <T>(signal: AbortSignal | undefined, work: (until: AbortSignal) => Promise<T>) =>
    withDeadline({ timeoutMs: timeoutOf(limits), signal }, work);
  return {
    dialect: { quoteName, quoteText },
    async measure(table, rules, signal) {
      const columns = await columnsOf(dataset, table);
      return timed(signal, (until) => {
        const reader = rowReader(dataset, billed, until);
        return measureRules(reader, { table, columns, rules, now: clock.now() });
      });
    },
    referencedTables: async (sql, place) => checkSelect({ sql, place }).tables,
    buildModel: (build, signal) =>
      timed(signal, (until) => buildModel(dataset, { build, ...billed }, until)),
    listTables: () => listTables(dataset),
    tableDetail: (table) => tableDetail(dataset, table),
    previewTable: (table, limit) => previewTable(dataset, table, { ...billed, maxRows: limit }),
    query: (sql, asked, signal) =>
      runTenantQuery(dataset, { sql, limits: { ...narrow(asked, limits), ...billed } }, signal),
  };
}

/** The longest that BigQuery lets a query run. */
const LONGEST_MS = 6 * 3_600_000;

function timeoutOf(limits: WorkLimits | undefined): number {
  return limits ? limits.maxQuerySeconds * 1000 : LONGEST_MS;
}

/** The smaller of what was asked and what the plan allows. */
function narrow(asked: QueryLimits, limits: WorkLimits | undefined): QueryLimits {
  if (!limits) return asked;
  return {
    maxRows: Math.min(asked.maxRows, limits.maxResultRows),
    timeoutMs: Math.min(asked.timeoutMs, timeoutOf(limits)),
  };
}

/** All of the table, the load columns too. @throws table_absent */
async function columnsOf(dataset: TenantDataset, table: string) {
  const found = await findTable(dataset, table);
  if (!found) throw fail('table_absent', `there is no table '${table}'`);
  return (found.schema?.fields ?? []).map(columnOf);
}

function rowReader(dataset: TenantDataset, limits: SelectLimits, signal: AbortSignal): RowReader {
  return {
    async readRow(given) {
      const { sql } = await allowSelect(dataset, { sql: given }, signal);
      const job = await runSelect(dataset, { given: { sql }, sql, limits }, signal);
      const { rows } = await readRows(dataset.client, job, { maxRows: 1, signal });
      return rows[0]?.f.map(({ v }) => plain(v)) ?? [];
    },
  };
}

/** Scalars come as text. */
function plain(value: RawRow['f'][number]['v']): SqlRow[number] {
  if (!Array.isArray(value)) return value as string | null;
  return value.map((one: { readonly v: string | null }) => one.v);
}
