import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import type { ControlDatabase } from '../../convergence/adapters/postgres/control-database.ts';
import { openControlDatabase } from '../../convergence/adapters/postgres/open-control-database.ts';
import { PostgresRunQueue } from '../../convergence/adapters/postgres/run/queue/run-queue.ts';
import { PostgresRunStore } from '../../convergence/adapters/postgres/run/store/run-store.ts';
import { PostgresTenantStore } from '../../convergence/adapters/postgres/tenant/tenant-store.ts';
import { upgradeDatabase } from '../../convergence/db/migrate.ts';
import { tenantScope } from '../../convergence/engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../convergence/testing/postgres.ts';

const TENANT = 'acme';

/** Milliseconds from a trigger until its first step is recorded as running, in one process. */
export async function measureEmbedded(triggers: number): Promise<number[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'convergence-bench-'));
  try {
    return await measureOn(await openControlDatabase({ dataDir }), triggers);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

export async function measureServed(triggers: number): Promise<number[]> {
  const server = await openTestDatabase();
  try {
    const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
    return await measureOn(database, triggers);
  } finally {
    await server.drop();
  }
}

async function measureOn(database: ControlDatabase, triggers: number): Promise<number[]> {
  await upgradeDatabase(database);
  const tenants = new PostgresTenantStore(database, { clock });
  await tenants.createTenant({ tenantId: TENANT, plan: 'enterprise' });
  const runs = new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }) });
  const queue = new PostgresRunQueue(database);
  const latencies: number[] = [];
  for (let nr = 0; nr < triggers; nr++) {
    const worked = workOnce(queue);
    const startMs = performance.now();
    const request = { pipelineId: 'p', triggerBy: 'bench', parameters: {} };
    await runs.admitRun(tenantScope(TENANT), request);
    latencies.push((await worked) - startMs);
  }
  await database.close();
  return latencies;
}

/** Waits for the bell as a worker does; when the step of the next run had started. */
async function workOnce(queue: PostgresRunQueue): Promise<number> {
  for (;;) {
    const [claim] = await queue.claimRuns('bench', { limit: 1, leaseMs: 30_000 });
    if (!claim) {
      await queue.waitForBell(1_000, new AbortController().signal);
      continue;
    }
    await queue.startStep(claim, { name: 'nothing', type: 'ingest', attempt: 1 });
    const startedMs = performance.now();
    await queue.finishRun(claim, 'COMPLETE', null);
    return startedMs;
  }
}
