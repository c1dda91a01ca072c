import { sql } from 'kysely';
import type { Claim } from '../../../../engine/run/run-queue.ts';
import { parseTraceparent } from '../../../../engine/run/trace/trace-context.ts';
import type { Db } from '../../control-database.ts';
import { runOf, STEP_COLUMNS, stepOf } from '../run-row.ts';
import type { RunRow, StepRow } from '../run-row.ts';

export interface ClaimedRow extends RunRow {
  readonly fence: string;
  readonly root_run_id: string | null;
  readonly cancelled: boolean;
  readonly trace_context: string | null;
}

/** What is known of runs that were taken: with the steps of earlier attempts and earlier runs. */
export async function readClaims(db: Db, rows: readonly ClaimedRow[]): Promise<readonly Claim[]> {
  const again = rows.filter((row) => row.attempt > 1 || row.root_run_id !== null);
  const steps = again.length > 0 ? await readSteps(db, again) : [];
  return rows.map((row) => claimOf(row, steps));
}

type ChainedStepRow = StepRow & { of_run: string };

/** Steps of earlier attempts, and of the runs that each run of a chain of restarts follows. */
async function readSteps(db: Db, runs: readonly ClaimedRow[]): Promise<readonly ChainedStepRow[]> {
  const ids = JSON.stringify(runs.map((row) => ({ id: row.run_id, root: row.root_run_id })));
  const { rows } = await sql<ChainedStepRow>`
    SELECT given.id AS of_run, ${STEP_COLUMNS}
    FROM jsonb_to_recordset(${ids}::jsonb) AS given (id uuid, root uuid), LATERAL (
      SELECT given.id AS run_id UNION ALL SELECT given.root WHERE given.root IS NOT NULL
      UNION ALL
      SELECT r.run_id FROM tenants.tenant_pipeline_runs r
      WHERE r.root_run_id = given.root AND r.run_id <> given.id
    ) chain JOIN tenants.tenant_step_logs s USING (run_id)
    ORDER BY s.started_at, s.step_name`.execute(db);
  return rows;
}

function claimOf(row: ClaimedRow, steps: readonly ChainedStepRow[]): Claim {
  const known = steps.filter((step) => step.of_run === row.run_id);
  const earlier = known.filter((step) => step.run_id !== row.run_id && step.status === 'COMPLETE');
  return {
    run: runOf(row),
    tenantId: row.tenant_id,
    rootRunId: row.root_run_id ?? row.run_id,
    fence: BigInt(row.fence),
    steps: known.filter((step) => step.run_id === row.run_id).map(stepOf),
    doneBefore: [...new Set(earlier.map((step) => step.step_name))],
    trace: parseTraceparent(row.trace_context ?? ''),
  };
}
