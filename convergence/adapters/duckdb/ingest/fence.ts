import type { DuckDBConnection } from '@duckdb/node-api';
import { fail } from '../../../engine/error-codes.ts';
import { stagingPrefix } from '../../../engine/flow/publish/staging-name.ts';
import { identifier, readRows, runSql } from '../run-sql.ts';

/**
 * From now on a holder of a lower fence is refused, and what it was staging is dropped.
 * @throws lease_lost when this fence is the lower one
 */
export async function raiseFence(
  connection: DuckDBConnection,
  runId: string,
  fence: bigint,
): Promise<void> {
  await holdFence(connection, runId, fence);
  const prefix = stagingPrefix(runId);
  const tables = await readRows<{ name: string }>(
    connection,
    'SELECT table_name AS name FROM duckdb_tables() WHERE starts_with(table_name, $1)',
    [prefix],
  );
  for (const { name } of tables) {
    const [staged] = name.slice(prefix.length).split('_');
    if (BigInt(staged ?? 0) < fence) await runSql(connection, `DROP TABLE ${identifier(name)}`);
  }
}

/** Never lowers one. */
async function writeFence(
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
  await writeFence(connection, runId, fence);
}
