import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  array,
  assert as check,
  asyncProperty,
  constant,
  constantFrom,
  nat,
  oneof,
  record,
} from 'fast-check';
import { sql } from 'kysely';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { upgradeDatabase } from '../../../db/migrate.ts';
import { eventType, isTenantEvent, streamOf } from '../../../engine/event/pipeline-event.ts';
import type { StoredEvent } from '../../../engine/event/pipeline-event.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { openControlDatabase } from '../open-control-database.ts';
import { PostgresRunQueue } from '../run/queue/run-queue.ts';
import { PostgresRunStore } from '../run/store/run-store.ts';
import { PostgresTenantStore } from '../tenant/tenant-store.ts';
import { PostgresEventFeed } from './event-feed.ts';

const server = await openTestDatabase();
const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
after(() => database.close().then(() => server.drop()));
await upgradeDatabase(database);
const clock = systemClock;
/** Transactions that wait for this test would not end while it waits for them. */
const impatient = { sleep: async () => {} };
const tenants = new PostgresTenantStore(database, { clock });
const runs = new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }) });
const request = { pipelineId: 'p', triggerBy: 'test', parameters: {} };

async function openTenant(tenantId: string) {
  await tenants.createTenant({ tenantId, plan: 'enterprise' });
  return tenantScope(tenantId);
}

/** A reader that goes on where it was, as a sink does. */
function follow(tenantId: string) {
  const feed = new PostgresEventFeed(database, { clock: impatient });
  const seen: StoredEvent[] = [];
  return {
    seen,
    async read(limit = 1_000) {
      const after = seen.at(-1)?.id ?? 0;
      const events = await feed.readEvents(tenantScope(tenantId), { after, limit });
      seen.push(...events);
      return events.length;
    },
  };
}

/** A transaction that has written an event of the run and waits to be ended. */
async function holdEvent(tenantId: string, runId: string) {
  const { promise: isEnding, resolve: end } = Promise.withResolvers<'commit' | 'roll back'>();
  const written = Promise.withResolvers<void>();
  const ended = database
    .transact(async (db) => {
      await sql`SELECT FROM tenants.tenant_pipeline_runs WHERE run_id = ${runId} FOR UPDATE`.execute(
        db,
      );
      await sql`INSERT INTO convergence.run_events (run_id, tenant_id, kind, level, message, detail)
        VALUES (${runId}, ${tenantId}, 'state', 'info', '', '{"status": "RUNNING"}')`.execute(db);
      written.resolve();
      if ((await isEnding) === 'roll back') throw new Error('rolled back');
    })
    .catch((error: unknown) => {
      assert.equal((error as Error).message, 'rolled back');
    });
  await written.promise;
  return (how: 'commit' | 'roll back') => {
    end(how);
    return ended;
  };
}

async function storedIds(tenantId: string): Promise<number[]> {
  const { rows } = await database.withTenant(tenantScope(tenantId), (db) =>
    sql<{ id: number }>`SELECT event_id::float8 AS id FROM convergence.run_events
      WHERE tenant_id = ${tenantId} AND kind = 'state' ORDER BY event_id`.execute(db),
  );
  return rows.map(({ id }) => id);
}

const step = oneof(
  record({ act: constant('write' as const), run: nat(2) }),
  record({ act: constantFrom('commit' as const, 'roll back' as const), run: nat(2) }),
  record({ act: constant('read' as const), limit: constantFrom(1, 2, 1_000) }),
);

test('in whatever order transactions commit, a follower sees each event once, in order', async () => {
  const scope = await openTenant('interleaved');
  const runIds: string[] = [];
  for (let nr = 0; nr < 3; nr++) runIds.push((await runs.admitRun(scope, request)).runId);
  const follower = follow(scope.tenantId);

  await check(
    asyncProperty(array(step, { minLength: 6, maxLength: 30, size: 'max' }), async (steps) => {
      const open = new Map<number, Awaited<ReturnType<typeof holdEvent>>>();
      for (const each of steps) {
        if (each.act === 'read') {
          await follower.read(each.limit);
        } else if (each.act !== 'write') {
          await open.get(each.run)?.(each.act);
          open.delete(each.run);
        } else if (!open.has(each.run)) {
          open.set(each.run, await holdEvent(scope.tenantId, runIds[each.run] ?? ''));
        }
      }
      for (const end of open.values()) await end('commit');
      while ((await follower.read()) > 0);
      assert.deepEqual(
        follower.seen.map(({ id }) => id),
        await storedIds(scope.tenantId),
      );
    }),
    { numRuns: 25 },
  );
});

test('a follower beside four workers sees the whole story of every run', async () => {
  const scope = await openTenant('busy');
  const count = 60;
  const follower = follow(scope.tenantId);
  const admitting = Promise.all(Array.from({ length: count }, () => runs.admitRun(scope, request)));
  const left = { runs: count };
  const working = Array.from({ length: 4 }, (_, nr) => work(`worker ${nr}`, left));
  const over = new AbortController();
  const ended = Promise.all([admitting, ...working]).then(() => over.abort());
  while (!over.signal.aborted) await follower.read(7);
  await ended;
  while ((await follower.read()) > 0);

  assert.deepEqual(
    follower.seen.map(({ id }) => id),
    await storedIds(scope.tenantId),
  );
  const stories = Map.groupBy(
    follower.seen.filter((event) => !isTenantEvent(event)),
    streamOf,
  );
  assert.equal(stories.size, count);
  for (const story of stories.values()) {
    const types = ['run.pending', 'run.running', 'step.running', 'step.complete', 'run.complete'];
    assert.deepEqual(story.map(eventType), types);
  }
});

async function work(name: string, left: { runs: number }): Promise<void> {
  const queue = new PostgresRunQueue(database);
  while (left.runs > 0) {
    const claims = await queue.claimRuns(name, { limit: 5, leaseMs: 60_000 });
    await Promise.all(
      claims.map(async (claim) => {
        const step = { name: 'one', type: 'dq', attempt: 1 } as const;
        await queue.startStep(claim, step);
        const counts = { rowsIn: 0, rowsLoaded: 0, rowsQuarantined: 0 };
        const rules = { rulesPassed: 0, rulesFailed: 0, failure: null };
        const times = { startedAt: null, finishedAt: clock.now() };
        await queue.finishStep(
          claim,
          { ...step, status: 'COMPLETE', ...counts, ...rules, ...times },
          [],
        );
        await queue.finishRun(claim, 'COMPLETE', null);
        left.runs--;
      }),
    );
  }
}
