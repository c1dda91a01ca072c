import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { upgradeDatabase } from '../../../../db/migrate.ts';
import type { Claim } from '../../../../engine/run/run-queue.ts';
import { tenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../../testing/postgres.ts';
import type { TestDatabase } from '../../../../testing/postgres.ts';
import type { ControlDatabase } from '../../control-database.ts';
import { openControlDatabase } from '../../open-control-database.ts';
import { PostgresTenantStore } from '../../tenant/tenant-store.ts';
import { PostgresRunStore } from '../store/run-store.ts';
import { endLostRuns } from './end-lost-runs.ts';
import { PostgresRunQueue } from './run-queue.ts';

const scope = tenantScope('acme');
const LONG_AGO = new Date(0);
let server: TestDatabase;
let database: ControlDatabase;
let runs: PostgresRunStore;
let queue: PostgresRunQueue;

before(async () => {
  server = await openTestDatabase();
  database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
  await upgradeDatabase(database);
  const clock = systemClock;
  await new PostgresTenantStore(database, { clock }).createTenant({ ...scope, plan: 'enterprise' });
  runs = new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }) });
  queue = new PostgresRunQueue(database);
});

after(() => database.close().then(() => server.drop()));

const admit = () => runs.admitRun(scope, { pipelineId: 'p', triggerBy: 't', parameters: {} });

/** A run in the midst of a step, whose worker is never heard of again. */
async function abandon(leaseMs = 0): Promise<Claim> {
  const { runId } = await admit();
  const claims = await queue.claimRuns('lost', { limit: 10, leaseMs });
  const claim = claims.find(({ run }) => run.runId === runId);
  assert.ok(claim);
  await queue.startStep(claim, { name: 'load', type: 'ingest', attempt: 1 });
  return claim;
}

async function read({ run }: Pick<Claim, 'run'>) {
  const { status, failure, steps } = await runs.getRun(scope, run.runId);
  const [step] = steps;
  const step_ = step && [step.status, step.failure?.code, step.finishedAt !== null];
  return { status, code: failure?.code, step: step_ };
}

test('a run that is given up ends its step with it', async () => {
  const claim = await abandon();
  assert.deepEqual(await queue.reapOrphans(1), [claim.run.runId]);
  const ended = ['FAILED', 'orphaned', true];
  assert.deepEqual(await read(claim), { status: 'FAILED', code: 'orphaned', step: ended });
});

test('so does one that is cancelled while it waits for its next worker', async () => {
  const claim = await abandon();
  await queue.reapOrphans(5);
  assert.equal((await read(claim)).status, 'PENDING');
  await runs.cancelRun(scope, claim.run.runId, 'kim');
  const ended = ['CANCELLED', 'cancelled', true];
  assert.deepEqual(await read(claim), { status: 'CANCELLED', code: 'cancelled', step: ended });
});

test('and one whose next worker cannot begin', async () => {
  const claim = await abandon();
  await queue.reapOrphans(5);
  const [again] = await queue.claimRuns('heir', { limit: 10, leaseMs: 60_000 });
  assert.ok(again);
  const failure = { code: 'config_invalid', kind: 'input', message: 'no' } as const;
  await queue.finishRun(again, 'FAILED', failure);
  const ended = ['FAILED', 'config_invalid', true];
  assert.deepEqual(await read(claim), { status: 'FAILED', code: 'config_invalid', step: ended });
});

test('a run without its place in the queue is ended, once; others are left alone', async () => {
  const lost = [await abandon(60_000), { run: await admit() }] as const;
  const alive = [await abandon(60_000), { run: await admit() }] as const;
  for (const { run } of lost) {
    await database.withOperator((db) =>
      sql`DELETE FROM tenants.tenant_pipeline_execution_queue
        WHERE run_id = ${run.runId}`.execute(db),
    );
  }
  const found = await Promise.all([1, 2, 3].map(() => endLostRuns(database, LONG_AGO)));
  assert.deepEqual(found.flat().toSorted(), lost.map(({ run }) => run.runId).toSorted());
  const ended = ['FAILED', 'orphaned', true];
  assert.deepEqual(await read(lost[0]), { status: 'FAILED', code: 'orphaned', step: ended });
  assert.deepEqual(await read(lost[1]), { status: 'FAILED', code: 'orphaned', step: undefined });
  const states = await Promise.all(alive.map(read));
  assert.deepEqual(
    states.map(({ status }) => status),
    ['RUNNING', 'PENDING'],
  );
  const events = await runs.readEvents(scope, lost[1].run.runId, 0);
  assert.equal(events.at(-1)?.detail.status, 'FAILED');
  assert.deepEqual(await endLostRuns(database, new Date(Date.now() + 60_000)), []);
});
