import { fail } from '../../../engine/error-codes.ts';
import { stagingPrefix } from '../../../engine/flow/publish/staging-name.ts';
import { TAKE_LOCK } from '../dataset/bookkeeping.ts';
import { runSql, selectRows } from '../dataset/run-sql.ts';
import { dropTable, listAllTables } from '../dataset/table.ts';
import type { TenantDataset } from '../dataset/tenant-dataset.ts';
import { refusalOf, refuseIf } from './refusal.ts';
import { stagingTable } from './staging-table.ts';

/**
 * From now on a holder of a lower fence is refused, and what it was staging is dropped.
 * @throws lease_lost when this fence is the lower one
 */
export async function raiseFence(
  dataset: TenantDataset,
  runId: string,
  fence: bigint,
): Promise<void> {
  // Steps of a run begin together; in turn, the second finds what the first has raised.
  const isNew = await dataset.turn.take(async () => {
    const raised = await readFence(dataset, runId);
    if (raised > fence) throw leaseLost(runId, { fence, newer: raised });
    if (raised < fence) await writeFence(dataset, runId, fence);
    return raised < fence;
  });
  if (isNew) await dropOlderStagings(dataset, runId, fence);
}

/** 0 when none was raised. */
export async function readFence(dataset: TenantDataset, runId: string): Promise<bigint> {
  const sql = 'SELECT MAX(fence) AS fence FROM _convergence_fences WHERE run_id = @run_id';
  const parameters = { run_id: { type: 'STRING', value: runId } } as const;
  const [row] = await selectRows(dataset, { sql, parameters });
  return BigInt((row?.fence as string | null) ?? 0);
}

async function writeFence(dataset: TenantDataset, runId: string, fence: bigint): Promise<void> {
  const parameters = {
    run_id: { type: 'STRING', value: runId },
    fence: { type: 'INT64', value: String(fence) },
  } as const;
  const sql = `BEGIN TRANSACTION;
${TAKE_LOCK};
SELECT ${refuseIf('lease_lost', NEWER_FENCE)};
DELETE FROM _convergence_fences WHERE run_id = @run_id AND fence < @fence;
INSERT INTO _convergence_fences (run_id, fence)
  SELECT @run_id, @fence FROM UNNEST([1])
  WHERE NOT EXISTS (SELECT 1 FROM _convergence_fences WHERE run_id = @run_id);
COMMIT TRANSACTION;`;
  try {
    await runSql(dataset, { sql, parameters });
  } catch (error) {
    if (refusalOf(error) !== 'lease_lost') throw error;
    throw leaseLost(runId, { fence, newer: await readFence(dataset, runId) });
  }
}

/** Whether a higher fence than `@fence` was raised for `@run_id`. */
export const NEWER_FENCE =
  'EXISTS (SELECT 1 FROM _convergence_fences WHERE run_id = @run_id AND fence > @fence)';

async function dropOlderStagings(
  dataset: TenantDataset,
  runId: string,
  fence: bigint,
): Promise<void> {
  const prefix = stagingTable(stagingPrefix(runId));
  for (const { tableReference } of await listAllTables(dataset)) {
    const name = tableReference?.tableId ?? '';
    const [staged = ''] = name.startsWith(prefix) ? name.slice(prefix.length).split('_') : [];
    if (/^\d+$/.test(staged) && BigInt(staged) < fence) await dropTable(dataset, name);
  }
}

export function leaseLost(
  runId: string,
  { fence, newer }: { fence: bigint; newer: bigint },
): Error {
  return fail('lease_lost', `run ${runId} was taken over by a newer worker`, {
    hint: 'Nothing to do: the newer worker goes on with the run.',
    details: { runId, fence: String(fence), newerFence: String(newer) },
  });
}
