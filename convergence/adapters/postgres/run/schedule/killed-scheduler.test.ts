import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { after, before, beforeEach, test } from 'node:test';
import { sql } from 'kysely';
import { FakeClock } from 'base/clock.fake.ts';
import { upgradeDatabase } from '../../../../db/migrate.ts';
import { tenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../../testing/postgres.ts';
import type { TestDatabase } from '../../../../testing/postgres.ts';
import type { ControlDatabase } from '../../control-database.ts';
import { openControlDatabase } from '../../open-control-database.ts';
import { PostgresTenantStore } from '../../tenant/tenant-store.ts';
import { PostgresScheduleStore } from './schedule-store.ts';

/** Settles what is due at a moment that it is told; says each settlement, then its counts. */
const SCHEDULER = `
import { createUuidV7 } from 'base/id.ts';
import { systemClock } from 'base/clock.ts';
import { fireDue } from ${JSON.stringify(import.meta.resolve('../../../../engine/run/schedule/fire-due.ts'))};
import { openControlDatabase } from ${JSON.stringify(import.meta.resolve('../../open-control-database.ts'))};
import { PostgresScheduleStore } from ${JSON.stringify(import.meta.resolve('./schedule-store.ts'))};
const [url, now] = process.argv.slice(1);
const database = await openControlDatabase({ databaseUrl: url, dataDir: '' });
const clock = { now: () => new Date(now) };
const store = new PostgresScheduleStore(database, { clock, nextId: createUuidV7({ clock: systemClock }) });
const files = new Map(['a', 'b'].map((id) => ['pipelines/' + id + '.yml',
  'pipeline_id: ' + id + '\\nsteps: [{ name: s, type: transform, transforms: transforms/t.sql }]\\n']));
files.set('transforms/t.sql', 'SELECT 1 AS one');
const deps = {
  schedules: {
    listDue: (page) => store.listDue(page),
    settleNext: async (...args) => {
      console.log('begins');
      const settled = await store.settleNext(...args);
      console.log(settled.outcome);
      return settled;
    },
  },
  configs: { readConfig: async () => files },
  secrets: { listSecrets: async () => [] },
};
const { problems } = await fireDue(deps);
for (const problem of problems) console.error(problem);
await database.close();`;

const START = '2026-03-27T12:00:00.000Z';
const MOMENTS = 10;
/** So many moments of an hourly schedule later. */
const NOW = '2026-03-27T22:00:00.000Z';
const TENANTS = ['one', 'two', 'three', 'four'].map((name) => tenantScope(`tenant_${name}`));

let server: TestDatabase;
let database: ControlDatabase;
const clock = new FakeClock({ now: START });

before(async () => {
  server = await openTestDatabase();
  database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
  await upgradeDatabase(database);
});
after(() => database.close().then(() => server.drop()));

/** Each tenant with two hourly schedules, which make up for everything. */
beforeEach(async () => {
  const tenants = new PostgresTenantStore(database, { clock });
  const schedules = new PostgresScheduleStore(database, { clock, nextId: () => '' });
  for (const scope of TENANTS) {
    const { profile, created } = await tenants.createTenant({ ...scope, plan: 'enterprise' });
    if (!created) await tenants.deleteTenant(profile.tenantId);
    if (!created) await tenants.createTenant({ ...scope, plan: 'enterprise' });
    const hourly = { cron: '0 * * * *', timeZone: 'UTC', missed: 'all', jitterMs: 0 } as const;
    const declared = ['a', 'b'].map((pipelineId) => ({ pipelineId, ...hourly }));
    await schedules.replaceSchedules(
      scope,
      { schedules: declared, unclear: new Set(), hasPuzzles: false },
      'stamp',
    );
  }
});

interface Scheduler {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  said: string;
  sees(word: string, times: number): Promise<void>;
}

function startScheduler(now = NOW): Scheduler {
  const args = ['--input-type=module-typescript', '-e', SCHEDULER, server.url, now];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.setEncoding('utf8');
  const scheduler: Scheduler = {
    child,
    ended: once(child, 'close'),
    said: '',
    async sees(word, times) {
      while (scheduler.said.split(word).length <= times) {
        await Promise.race([once(child.stdout, 'data'), scheduler.ended]);
        if (child.exitCode !== null) return;
      }
    },
  };
  child.stdout.on('data', (text: string) => (scheduler.said += text));
  return scheduler;
}

async function count() {
  const { rows } = await database.withOperator((db) =>
    sql<{ runs: number; queued: number; moments: number; pairs: number }>`SELECT
      (SELECT count(*)::integer FROM tenants.tenant_pipeline_runs) AS runs,
      (SELECT count(*)::integer FROM tenants.tenant_pipeline_execution_queue) AS queued,
      (SELECT count(*)::integer FROM tenants.tenant_scheduled_pipeline_runs) AS moments,
      (SELECT count(DISTINCT run_id)::integer FROM tenants.tenant_scheduled_pipeline_runs
        JOIN tenants.tenant_pipeline_runs USING (run_id, tenant_id, pipeline_id)) AS pairs`.execute(
      db,
    ),
  );
  return rows[0];
}

test('of three processes one is killed; each moment gives exactly one run', async () => {
  const victim = startScheduler();
  await victim.sees('started', 3);
  const others = [startScheduler(), startScheduler()];
  await victim.sees('started', 5);
  victim.child.kill('SIGKILL');
  await Promise.all([victim, ...others].map(({ ended }) => ended));
  // What the killed one held when the others came by is left for the next tick.
  const last = startScheduler();
  await last.ended;
  const all = TENANTS.length * 2 * MOMENTS;
  assert.deepEqual(await count(), { runs: all, queued: all, moments: all, pairs: all });
});

test('killed after it has decided and before the run is there, it loses nothing', async () => {
  const due = '2026-03-27T13:00:00.000Z';
  await database.transact(async (db) => {
    await sql`LOCK TABLE tenants.tenant_pipeline_runs IN EXCLUSIVE MODE`.execute(db);
    const scheduler = startScheduler(due);
    await untilBlocked();
    scheduler.child.kill('SIGKILL');
    await scheduler.ended;
    assert.doesNotMatch(scheduler.said, /started/);
  });
  const all = TENANTS.length * 2;
  for (let pass = 0; (await count())?.runs !== all && pass < 20; pass++) {
    await startScheduler(due).ended;
  }
  assert.deepEqual(await count(), { runs: all, queued: all, moments: all, pairs: all });
});

/** Until a transaction waits for the lock, in which the moment is decided. */
async function untilBlocked(): Promise<void> {
  for (let waits = false; !waits; await turn()) {
    const { rows } = await database.withOperator((db) =>
      sql<{ waits: boolean }>`SELECT count(*) > 0 AS waits FROM pg_locks
        WHERE NOT granted AND relation = 'tenants.tenant_pipeline_runs'::regclass`.execute(db),
    );
    waits = rows[0]?.waits === true;
  }
}
