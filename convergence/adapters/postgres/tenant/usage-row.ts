import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { UsageCounters } from '../../../engine/tenant/usage/usage.ts';

/** The counters of `tenant_usage_quotas u`, under the names of `UsageCounters`. */
export const USAGE_COLUMNS = sql`u.usage_day::text AS day, u.runs_today AS "runsToday",
  u.runs_this_month AS "runsThisMonth", u.rows_today::float8 AS "rowsToday",
  u.rows_this_month::float8 AS "rowsThisMonth", u.bytes_today::float8 AS "bytesToday",
  u.bytes_this_month::float8 AS "bytesThisMonth"`;

/** Assignments of an UPDATE of `tenant_usage_quotas`. */
export function setUsage(usage: UsageCounters): RawBuilder<unknown> {
  return sql`usage_day = ${usage.day}::date, runs_today = ${usage.runsToday},
    runs_this_month = ${usage.runsThisMonth}, rows_today = ${usage.rowsToday},
    rows_this_month = ${usage.rowsThisMonth}, bytes_today = ${usage.bytesToday},
    bytes_this_month = ${usage.bytesThisMonth}`;
}
