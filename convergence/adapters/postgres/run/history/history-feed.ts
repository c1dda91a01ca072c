import { sql } from 'kysely';
import type { HistoryTableName } from '../../../../engine/run/history/history-table.ts';
import type { HistoryBatch, HistoryFeed } from '../../../../engine/run/history/mirror-history.ts';
import type { ControlDatabase } from '../../control-database.ts';

/** Ended runs of all tenants in the order of their admission. */
export class PostgresHistoryFeed implements HistoryFeed {
  readonly #database: ControlDatabase;

  constructor(database: ControlDatabase) {
    this.#database = database;
  }

  async readUnmirrored(limit: number): Promise<HistoryBatch> {
    const { rows } = await this.#database.withOperator((db) =>
      sql<{ run_ids: string[] | null } & Record<HistoryTableName, string | null>>`
        WITH ended AS MATERIALIZED (
          SELECT r.* FROM tenants.tenant_pipeline_runs r
          JOIN tenants.tenant_profiles p USING (tenant_id)
          WHERE r.finished_at IS NOT NULL AND r.mirrored_at IS NULL AND p.status <> 'offboarding'
          ORDER BY r.run_id LIMIT ${limit}
        ), of_run AS (
          SELECT run_id, (finished_at AT TIME ZONE 'UTC')::date AS ingestion_date, tenant_id,
                 pipeline_id, run_id AS pipeline_logging_id
          FROM ended
        )
        SELECT (SELECT array_agg(run_id::text) FROM ended) AS run_ids,
          (SELECT ${asLines} FROM (
             SELECT o.ingestion_date, o.tenant_id, o.pipeline_id, o.pipeline_logging_id, r.status,
                    r.trigger_by, r.parameters, r.queue, r.attempt, r.restart_of, r.created_at,
                    r.started_at, r.finished_at,
                    round(extract(epoch FROM r.finished_at - r.started_at) * 1000)::bigint
                      AS duration_ms,
                    r.failure ->> 'code' AS error_code, r.failure ->> 'message' AS error_message
             FROM ended r JOIN of_run o USING (run_id)) line) AS pipeline_runs,
          (SELECT ${asLines} FROM (
             SELECT o.ingestion_date, o.tenant_id, o.pipeline_id, o.pipeline_logging_id, s.step_name,
                    s.step_type, s.status, s.attempt, s.started_at, s.finished_at, s.rows_in,
                    s.rows_loaded, s.rows_quarantined, s.rules_passed, s.rules_failed,
                    s.failure ->> 'code' AS error_code, s.failure ->> 'message' AS error_message
             FROM tenants.tenant_step_logs s JOIN of_run o USING (run_id)) line) AS step_logs,
          (SELECT ${asLines} FROM (
             SELECT o.ingestion_date, o.tenant_id, o.pipeline_id, o.pipeline_logging_id, d.step_name,
                    d.table_name, d.rule_id, d.rule, d.severity, d.passed, d.observed, d.rows_tested,
                    d.rows_failed, d.problem, d.recorded_at
             FROM tenants.tenant_dq_results d JOIN of_run o USING (run_id)) line) AS dq_results
      `.execute(db),
    );
    const [found] = rows;
    return {
      runIds: found?.run_ids ?? [],
      rows: {
        pipeline_runs: found?.pipeline_runs ?? '',
        step_logs: found?.step_logs ?? '',
        dq_results: found?.dq_results ?? '',
      },
    };
  }

  async markMirrored(runIds: readonly string[]): Promise<void> {
    await this.#database.withOperator((db) =>
      sql`
        UPDATE tenants.tenant_pipeline_runs SET mirrored_at = now()
        WHERE run_id = ANY (${runIds}::uuid[])
      `.execute(db),
    );
  }
}

const asLines = sql`string_agg(to_jsonb(line)::text, E'\n')`;
