import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { sql } from 'kysely';
import { PgBoss } from 'pg-boss';
import { systemClock } from 'base/clock.ts';
import { PostgresTenantStore } from '../../convergence/adapters/postgres/tenant/tenant-store.ts';
import { upgradeDatabase } from '../../convergence/db/migrate.ts';
import { openControlDatabase } from '../../convergence/adapters/postgres/open-control-database.ts';
import { openTestDatabase } from '../../convergence/testing/postgres.ts';
import { BOSS_QUEUE, STEPS_PER_RUN } from './drain.ts';
import type { Contender, DrainOrder } from './drain.ts';

export interface ThroughputOptions {
  readonly contender: Contender;
  readonly workers: number;
  readonly jobs: number;
}

const TENANTS = 10;
const BATCH_SIZE = 50;

/**
 * No-op jobs a second with so many worker processes, all queued before the first is taken. A job is
 * a run, and for `steps` a step of a run of ten.
 */
export async function measureThroughput(options: ThroughputOptions): Promise<number> {
  const { contender, workers, jobs } = options;
  const server = await openTestDatabase();
  const { url } = server;
  try {
    const runs = contender === 'steps' ? jobs / STEPS_PER_RUN : jobs;
    await (contender === 'pg-boss' ? fillBoss(url, jobs) : fillOurs(url, runs));
    const order: DrainOrder = { contender, url, batchSize: BATCH_SIZE };
    const seconds = await drainWith(workers, order);
    return jobs / seconds;
  } finally {
    await server.drop();
  }
}

async function fillBoss(url: string, count: number): Promise<void> {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
  await boss.start();
  await boss.createQueue(BOSS_QUEUE);
  const jobs = Array.from({ length: count }, (_, nr) => ({ data: { nr } }));
  await boss.insert(BOSS_QUEUE, jobs);
  await boss.stop({ graceful: false });
}

/** Straight into the tables: the rate of admissions is measured apart. */
async function fillOurs(url: string, count: number): Promise<void> {
  const database = await openControlDatabase({ databaseUrl: url, dataDir: '' });
  await upgradeDatabase(database);
  const tenants = new PostgresTenantStore(database, { clock: systemClock });
  for (let nr = 0; nr < TENANTS; nr++) {
    await tenants.createTenant({ tenantId: `tenant_${nr}`, plan: 'enterprise' });
  }
  await database.withOperator(async (db) => {
    await sql`
      WITH run AS (
        INSERT INTO tenants.tenant_pipeline_runs
          (run_id, tenant_id, pipeline_id, status, trigger_by, parameters, created_at)
        SELECT gen_random_uuid(), 'tenant_' || nr % ${TENANTS}, 'p_bench', 'PENDING', 'bench', '{}',
          now()
        FROM generate_series(1, ${count}::integer) nr RETURNING run_id, tenant_id
      )
      INSERT INTO tenants.tenant_pipeline_execution_queue (run_id, tenant_id, lane)
      SELECT run_id, tenant_id, '' FROM run`.execute(db);
  });
  await database.close();
}

async function drainWith(workers: number, order: DrainOrder): Promise<number> {
  const file = new URL('drain.ts', import.meta.url);
  const children = Array.from({ length: workers }, () => fork(file));
  await Promise.all(children.map((child) => tell(child, order)));
  const startMs = performance.now();
  await Promise.all(children.map((child) => tell(child, 'go')));
  const seconds = (performance.now() - startMs) / 1000;
  await Promise.all(children.map(ended));
  return seconds;
}

/** Resolves with the child's answer. */
async function tell(child: ChildProcess, message: DrainOrder | 'go'): Promise<void> {
  const answer = once(child, 'message');
  child.send(message);
  await answer;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null) await once(child, 'exit');
}
