import type { DuckDBConnection } from '@duckdb/node-api';
import { fail } from '../../engine/error-codes.ts';
import { readRows, runSql } from './run-sql.ts';

/** From now on a holder of a lower fence is refused. Never lowers one. */
export async function raiseFence(
  connection: DuckDBConnection,
  runId: string,
  fence: bigint,
): Promise<void> {
  await runSql(
    connection,
    `INSERT INTO _convergence_fences VALUES ($1, $2::VARCHAR::BIGINT)
     ON CONFLICT (run_id) DO UPDATE SET fence = greatest(fence, excluded.fence)`,
    [runId, String(fence)],
  );
}

/**
 * Inside a transaction: it can only commit as long as nobody raised the fence, because the row that
 * it writes here is the row that raising writes.
 * @throws lease_lost
 */
export async function holdFence(
  connection: DuckDBConnection,
  runId: string,
  fence: bigint,
): Promise<void> {
  const rows = await readRows<{ fence: bigint }>(
    connection,
    'SELECT fence FROM _convergence_fences WHERE run_id = $1',
    [runId],
  );
  const raised = rows[0]?.fence ?? 0n;
  if (raised > fence) {
    throw fail('lease_lost', `run ${runId} was taken over by a newer worker`, {
      hint: 'Nothing to do: the newer worker goes on with the run.',
      details: { runId, fence: String(fence), newerFence: String(raised) },
    });
  }
  await raiseFence(connection, runId, fence);
}
