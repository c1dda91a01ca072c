import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock as clock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { sql } from 'kysely';
import type { ControlDatabase } from '../../adapters/postgres/control-database.ts';
import { openControlDatabase } from '../../adapters/postgres/open-control-database.ts';
import { PostgresQueueControl } from '../../adapters/postgres/run/queue/queue-control.ts';
import { PostgresRunStore } from '../../adapters/postgres/run/store/run-store.ts';
import { PostgresTenantStore } from '../../adapters/postgres/tenant/tenant-store.ts';
import { upgradeDatabase } from '../../db/migrate.ts';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../testing/postgres.ts';
import type { TestDatabase } from '../../testing/postgres.ts';
import { STEPS } from './step-worker.fake.ts';

const started: ChildProcess[] = [];
const SCOPE = tenantScope('acme_corp');

let served: TestDatabase;
let database: ControlDatabase;
let control: PostgresQueueControl;
let runs: PostgresRunStore;
before(async () => {
  served = await openTestDatabase();
  database = await openControlDatabase({ databaseUrl: served.url, dataDir: '' });
  await upgradeDatabase(database);
  control = new PostgresQueueControl(database);
  runs = new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }) });
  const tenants = new PostgresTenantStore(database, { clock });
  await tenants.createTenant({ tenantId: SCOPE.tenantId, plan: 'enterprise' });
});
after(async () => {
  for (const worker of started) worker.kill('SIGKILL');
  await database.close();
  await served.drop();
});

async function startWorker(...mode: string[]): Promise<ChildProcess> {
  const worker = fork(new URL('step-worker.fake.ts', import.meta.url), [served.url, ...mode]);
  started.push(worker);
  await once(worker, 'message');
  return worker;
}

async function trigger(count: number): Promise<void> {
  for (let nr = 0; nr < count; nr++) {
    await runs.admitRun(SCOPE, { pipelineId: 'p', triggerBy: 't', parameters: {} });
  }
}

/** Asks until it is so; a test that never gets there is ended by the runner. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await wait(10);
}

async function countActive(): Promise<{ depth: number; running: number }> {
  const [standing] = (await control.readQueues()).queues;
  assert.ok(standing);
  return standing;
}

/** How often each state of steps and runs was recorded. */
async function countStates(): Promise<Record<string, number>> {
  const { rows } = await database.withOperator((db) =>
    sql<{ message: string; count: number }>`
      SELECT message, count(*)::integer AS count FROM convergence.run_events
      WHERE message LIKE '%COMPLETE' OR message = 'Run PENDING' GROUP BY message`.execute(db),
  );
  return Object.fromEntries(rows.map(({ message, count }) => [message, count]));
}

async function terminate(worker: ChildProcess): Promise<number> {
  const sinceMs = performance.now();
  worker.kill('SIGTERM');
  const [code] = (await once(worker, 'exit')) as [number | null];
  assert.equal(code, 0);
  return performance.now() - sinceMs;
}

test('workers that end by SIGTERM lose no step and double none', async () => {
  const count = 100;
  await control.pause({ queue: 'pipeline' }, 'test');
  await trigger(count);
  const workers = await Promise.all(Array.from({ length: 4 }, () => startWorker()));
  await control.resume({ queue: 'pipeline' });
  for (const worker of workers.slice(0, 3)) {
    await until(async () => (await countActive()).running > 1);
    await terminate(worker);
  }
  await until(async () => {
    const { depth, running } = await countActive();
    return depth + running === 0;
  });
  for (const worker of workers.slice(3)) await terminate(worker);
  const { 'Run PENDING': pending = 0, ...states } = await countStates();
  const steps = STEPS.map((name) => [`Step ${name} COMPLETE`, count]);
  assert.deepEqual(states, Object.fromEntries([...steps, ['Run COMPLETE', count]]));
  assert.ok(pending > count, 'no run was handed back, so nothing was tried');
  assert.deepEqual(await control.listWorkers(), []);
});

test('a worker whose steps do not hear hands its runs back and ends in time', async () => {
  await trigger(1);
  const deaf = await startWorker('deaf');
  await until(async () => (await countActive()).running === 1);
  assert.ok((await terminate(deaf)) < 10_000);
  const { depth, running } = await countActive();
  assert.deepEqual({ depth, running }, { depth: 1, running: 0 });
});

test('a worker grows while more waits, and tells what it is', async () => {
  await control.pause({ queue: 'pipeline' }, 'test');
  await trigger(8);
  const deaf = await startWorker('deaf');
  await until(async () => (await control.listWorkers()).length === 1);
  await control.resume({ queue: 'pipeline' });
  await until(async () => (await countActive()).running === 4);
  const [{ places, running, queues } = {}] = await control.listWorkers();
  assert.deepEqual({ places, running }, { places: { min: 2, max: 4 }, running: 4 });
  assert.deepEqual(queues, ['pipeline', 'ingest', 'dq', 'transform']);
  await terminate(deaf);
});
