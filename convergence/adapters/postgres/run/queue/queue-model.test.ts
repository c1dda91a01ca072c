import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock as clock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { sql } from 'kysely';
import { upgradeDatabase } from '../../../../db/migrate.ts';
import type { QueueName } from '../../../../engine/pipeline/spec/queue-spec.ts';
import { PRIORITIES, QUEUES } from '../../../../engine/pipeline/spec/queue-spec.ts';
import type { Claim } from '../../../../engine/run/run-queue.ts';
import { DEFAULT_PLANS } from '../../../../engine/tenant/plan/plan.ts';
import { tenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../../testing/postgres.ts';
import type { TestDatabase } from '../../../../testing/postgres.ts';
import type { ControlDatabase } from '../../control-database.ts';
import { openControlDatabase } from '../../open-control-database.ts';
import { PostgresTenantStore } from '../../tenant/tenant-store.ts';
import { PostgresRunStore } from '../store/run-store.ts';
import { PostgresQueueControl } from './queue-control.ts';
import { PostgresRunQueue } from './run-queue.ts';

const TENANTS = {
  small_one: 'starter',
  middle_one: 'professional',
  large_one: 'enterprise',
} as const;
const LANE = { limit: 2, onConflict: 'queue' } as const;
const CLAIMERS = 4;
const MINUTE_MS = 60_000;

let served: TestDatabase;
let database: ControlDatabase;
before(async () => {
  served = await openTestDatabase();
  database = await openControlDatabase({ databaseUrl: served.url, dataDir: '' });
  await upgradeDatabase(database);
});
after(async () => {
  await database.close();
  await served.drop();
});

/** Mulberry32: the same numbers for the same seed. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface QueueRow {
  readonly run_id: string;
  readonly tenant_id: string;
  readonly lane: string;
  readonly queue: QueueName;
  readonly fence: string | null;
}

/** Several claimers on one database, and what they believe. */
class World {
  readonly tenants = new PostgresTenantStore(database, { clock });
  readonly runs = new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }) });
  readonly control = new PostgresQueueControl(database);
  readonly queues = Array.from({ length: CLAIMERS }, () => new PostgresRunQueue(database));
  /** By run: the newest claim that a claimer was given and has not ended. */
  readonly held = new Map<string, { claim: Claim; by: number }>();
  readonly admitted = new Set<string>();
  /** Each pause is another object. */
  readonly pausedQueues = new Map<QueueName, object>();
  readonly below: (below: number) => number;
  #pausing: Promise<void> = Promise.resolve();

  constructor(seed: number) {
    this.below = seeded(seed);
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)];
  }

  async admit(): Promise<void> {
    const tenantId = this.pick(Object.keys(TENANTS)) ?? '';
    const isLane = this.below(2) === 0;
    const run = await this.runs.admitRun(tenantScope(tenantId), {
      pipelineId: isLane ? 'narrow' : 'wide',
      triggerBy: 'model',
      parameters: {},
      queue: this.pick(QUEUES) ?? 'dq',
      priority: this.pick(PRIORITIES) ?? 'low',
      ...(isLane && { concurrency: LANE }),
    });
    this.admitted.add(run.runId);
  }

  async claim(): Promise<void> {
    const by = this.below(CLAIMERS);
    const queues = QUEUES.filter(() => this.below(3) > 0);
    const limit = 1 + this.below(6);
    const paused = new Map(this.pausedQueues);
    const claims = await this.queues[by]?.claimRuns(`w${by}`, {
      limit,
      queues,
      leaseMs: MINUTE_MS,
    });
    for (const claim of claims ?? []) {
      const { runId, queue } = claim.run;
      assert.ok(queues.includes(queue), 'a run of a queue that was not asked for');
      const pause = paused.get(queue);
      assert.ok(!pause || pause !== this.pausedQueues.get(queue), 'a run of a paused queue');
      assert.ok(!this.held.has(runId), 'held twice');
      this.held.set(runId, { claim, by });
    }
  }

  /** Ends, gives back or loses one of the runs that are held. */
  async end(): Promise<void> {
    const entry = this.pick([...this.held.values()]);
    if (!entry) return;
    const { claim, by } = entry;
    const queue = this.queues[by];
    this.held.delete(claim.run.runId);
    const ends = [
      () => queue?.finishRun(claim, 'COMPLETE', null),
      () => queue?.finishRun(claim, 'FAILED', null),
      () => queue?.releaseRun(claim),
      () => queue?.heartbeat(`w${by}`, [claim], 0),
    ];
    await ends[this.below(ends.length)]?.();
  }

  async beat(): Promise<void> {
    const claims = [...this.held.values()].filter(({ by }) => by === 0).map(({ claim }) => claim);
    const beat = await this.queues[0]?.heartbeat('w0', claims, MINUTE_MS);
    for (const runId of beat?.lost ?? []) {
      const now = this.held.get(runId);
      assert.ok(!now || !claims.includes(now.claim), `${runId} was lost while its lease was good`);
    }
  }

  async cancel(): Promise<void> {
    const runId = this.pick([...this.admitted]);
    if (runId === undefined) return;
    for (const tenantId of Object.keys(TENANTS)) {
      await this.runs.cancelRun(tenantScope(tenantId), runId, 'model').catch(isRefusal);
    }
  }

  /** One after the other: which of two at once came last, only the database would know. */
  pauseOrResume(): Promise<void> {
    const queue = this.pick(QUEUES) ?? 'dq';
    this.#pausing = this.#pausing.then(() => this.#turn(queue));
    return this.#pausing;
  }

  async #turn(queue: QueueName): Promise<void> {
    if (this.pausedQueues.delete(queue)) await this.control.resume({ queue });
    else {
      await this.control.pause({ queue }, 'model');
      this.pausedQueues.set(queue, {});
    }
  }

  async act(): Promise<void> {
    const nr = this.below(20);
    if (nr < 7) await this.admit();
    else if (nr < 12) await this.claim();
    else if (nr < 16) await this.end();
    else if (nr < 17) await this.beat();
    else if (nr < 18) await this.cancel();
    else if (nr < 19) await this.pauseOrResume();
    else await this.queues[1]?.reapOrphans(50);
  }

  async check(): Promise<void> {
    const { rows } = await database.withOperator((db) =>
      sql<QueueRow>`SELECT run_id, tenant_id, lane, queue, fence::text
        FROM tenants.tenant_pipeline_execution_queue`.execute(db),
    );
    const running = rows.filter(({ fence }) => fence !== null);
    for (const [tenantId, plan] of Object.entries(TENANTS)) {
      const own = running.filter((row) => row.tenant_id === tenantId);
      assert.ok(
        own.length <= (DEFAULT_PLANS[plan].concurrentRuns ?? Infinity),
        `plan of ${tenantId}`,
      );
      const narrow = own.filter(({ lane }) => lane === 'narrow');
      assert.ok(narrow.length <= LANE.limit, `limit of the pipeline of ${tenantId}`);
    }
    const fences = new Map(running.map(({ run_id, fence }) => [run_id, fence]));
    for (const [runId, { claim }] of this.held) {
      assert.equal(fences.get(runId), String(claim.fence), `${runId} was taken from its holder`);
    }
    const ended = await this.#countEnded();
    assert.equal(rows.length + ended, this.admitted.size, 'a run was lost');
  }

  async #countEnded(): Promise<number> {
    const { rows } = await database.withOperator((db) =>
      sql<{ count: number }>`SELECT count(*)::integer AS count FROM tenants.tenant_pipeline_runs
        WHERE finished_at IS NOT NULL AND status IN ('COMPLETE', 'FAILED', 'CANCELLED')`.execute(
        db,
      ),
    );
    return rows[0]?.count ?? -1;
  }
}

/** The run is of another tenant, or has ended: a cancel of anything may be that. */
function isRefusal(error: unknown): void {
  const { code } = error as { code?: unknown };
  assert.ok(code === 'run_absent' || code === 'run_finished', String(error));
}

async function freshWorld(seed: number): Promise<World> {
  const world = new World(seed);
  const { tenants } = await world.tenants.listTenants({ limit: 100 });
  for (const { tenantId } of tenants) await world.tenants.deleteTenant(tenantId);
  for (const queue of QUEUES) await world.control.resume({ queue });
  return world;
}

for (const seed of [1, 2, 3]) {
  test(`any interleaving keeps every run, one holder each, and all limits (seed ${seed})`, async () => {
    const world = await freshWorld(seed);
    for (const [tenantId, plan] of Object.entries(TENANTS)) {
      await world.tenants.createTenant({ tenantId, plan });
    }
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 8 }, () => world.act()));
      await world.check();
    }
    assert.ok(world.admitted.size > 30);
  });
}

test('tenants that always wait are served alike, whatever they ask for (seed 4)', async () => {
  const world = await freshWorld(4);
  const names = ['calm', 'busy', 'late'];
  for (const tenantId of names) await world.tenants.createTenant({ tenantId, plan: 'enterprise' });
  const fill = async (tenantId: string, count: number) => {
    for (let nr = 0; nr < count; nr++) {
      const priority = world.pick(PRIORITIES) ?? 'low';
      const request = { pipelineId: 'p', triggerBy: 'model', parameters: {}, priority };
      await world.runs.admitRun(tenantScope(tenantId), request);
    }
  };
  await fill('busy', 90);
  await fill('calm', 40);
  const served = new Map(names.map((name) => [name, 0]));
  const serve = async () => {
    const limit = 1 + world.below(5);
    const claims = await world.queues[0]?.claimRuns('w', { limit, leaseMs: MINUTE_MS });
    for (const { tenantId } of claims ?? []) served.set(tenantId, (served.get(tenantId) ?? 0) + 1);
    return claims ?? [];
  };
  const gap = (one: string, other: string) =>
    Math.abs((served.get(one) ?? 0) - (served.get(other) ?? 0));
  for (let nr = 0; nr < 8; nr++) {
    await serve();
    assert.ok(gap('busy', 'calm') <= 1, JSON.stringify([...served]));
  }
  const lead = served.get('busy') ?? 0;
  await fill('late', 20);
  served.set('late', lead);
  for (let nr = 0; nr < 8; nr++) {
    await serve();
    assert.ok(gap('busy', 'late') <= 2 && gap('calm', 'late') <= 2, JSON.stringify([...served]));
  }
});
