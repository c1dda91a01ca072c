import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { fail } from '../../../../engine/error-codes.ts';
import type { RunFilter, RunPage, RunSearch } from '../../../../engine/run/run-store.ts';
import type { Run } from '../../../../engine/run/run.ts';
import type { TenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import type { Db } from '../../control-database.ts';
import { RUN_COLUMNS, runOf } from '../run-row.ts';
import type { RunRow } from '../run-row.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** PostgreSQL would answer text that is no UUID with an error. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * A page, the newest first. Ids grow with time, so runs that arrive between two pages are newer than
 * both and move nothing.
 */
export async function selectPage(db: Db, scope: TenantScope, page: RunPage) {
  const { limit, cursor } = page;
  const older = cursor === undefined ? sql`` : sql`AND r.run_id < ${parseCursor(cursor)}::uuid`;
  const { rows } = await sql<RunRow>`
    SELECT ${RUN_COLUMNS} FROM tenants.tenant_pipeline_runs r
    WHERE ${conditionOf(scope, page)} ${older}
    ORDER BY r.run_id DESC LIMIT ${limit + 1}`.execute(db);
  const runs = rows.slice(0, limit).map(runOf);
  const last = runs.at(-1);
  return { runs, next: last && rows.length > limit ? formatCursor(last) : null };
}

/** The oldest ones, and how many there are in all. */
export async function selectOldest(db: Db, scope: TenantScope, search: RunSearch) {
  const fresh = search.notRestarted
    ? sql`AND NOT EXISTS (
        SELECT FROM tenants.tenant_pipeline_runs later WHERE later.restart_of = r.run_id)`
    : sql``;
  const { rows } = await sql<RunRow & { matched: number }>`
    SELECT ${RUN_COLUMNS}, count(*) OVER ()::integer AS matched
    FROM tenants.tenant_pipeline_runs r
    WHERE ${conditionOf(scope, search)} ${fresh}
    ORDER BY r.run_id LIMIT ${search.limit}`.execute(db);
  return { runs: rows.map(runOf), matched: rows[0]?.matched ?? 0 };
}

function conditionOf(scope: TenantScope, filter: RunFilter): RawBuilder<unknown> {
  const { pipelineId, statuses, triggerBy, createdFrom, createdTo, groupId } = filter;
  const terms = [sql`r.tenant_id = ${scope.tenantId}`];
  if (pipelineId !== undefined) terms.push(sql`r.pipeline_id = ${pipelineId}`);
  if (statuses !== undefined) terms.push(sql`r.status = ANY (${statuses}::text[])`);
  if (triggerBy !== undefined) terms.push(sql`r.trigger_by = ${triggerBy}`);
  if (createdFrom !== undefined) terms.push(sql`r.created_at >= ${createdFrom}`);
  if (createdTo !== undefined) terms.push(sql`r.created_at < ${createdTo}`);
  if (groupId !== undefined) {
    terms.push(isUuid(groupId) ? sql`r.group_id = ${groupId}` : sql`false`);
  }
  if (filter.minDurationMs !== undefined) {
    terms.push(sql`coalesce(r.finished_at, now()) - r.started_at
      >= ${filter.minDurationMs} * interval '1 millisecond'`);
  }
  return sql.join(terms, sql` AND `);
}

function formatCursor(run: Run): string {
  return Buffer.from(run.runId).toString('base64url');
}

function parseCursor(cursor: string): string {
  const runId = Buffer.from(cursor, 'base64url').toString();
  if (isUuid(runId)) return runId;
  throw fail('request_invalid', `The cursor '${cursor.slice(0, 60)}' is not one of ours.`, {
    hint: 'Send the value of next from the page before, or none for the first page.',
  });
}
