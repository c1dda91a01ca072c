import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { tenantScope } from '../tenant/tenant-scope.ts';
import type { Claim } from './run-queue.ts';
import type { RunHarness } from './run-store.conformance.ts';
import type { RunRequest } from './run-store.ts';

/** What every queue must do; each case starts with an empty one. */
export function runQueueConformance(name: string, open: () => Promise<RunHarness>): void {
  describe(`${name} as a run queue`, () => {
    let harness: RunHarness | undefined;
    before(async () => {
      harness = await open();
    });
    beforeEach(async () => {
      const { tenants } = (await harness?.tenants.listTenants({ limit: 100 })) ?? { tenants: [] };
      for (const { tenantId } of tenants) await harness?.tenants.deleteTenant(tenantId);
    });
    for (const [title, run] of Object.entries(CASES)) {
      test(title, async () => {
        assert.ok(harness);
        await run(harness);
      });
    }
  });
}

const MINUTE = { limit: 100, leaseMs: 60_000 };
/** A lease that has ended when it begins. */
const ENDED = { limit: 100, leaseMs: 0 };

async function fill(
  { tenants, runs }: RunHarness,
  tenantId: string,
  fill: { count: number; plan?: string } & Partial<RunRequest>,
): Promise<string[]> {
  const { count, plan = 'enterprise', ...request } = fill;
  await tenants.createTenant({ tenantId, plan });
  const made: string[] = [];
  for (let nr = 0; nr < count; nr++) {
    const asked = { pipelineId: 'p', triggerBy: 't', parameters: {}, ...request };
    made.push((await runs.admitRun(tenantScope(tenantId), asked)).runId);
  }
  return made;
}

function idsOf(claims: readonly Claim[]): string[] {
  return claims.map(({ run }) => run.runId);
}

const CASES: Record<string, (harness: RunHarness) => Promise<void>> = {
  'workers that claim at once never hold the same run': async (harness) => {
    const made = await fill(harness, 'one', { count: 40 });
    const queues = Array.from({ length: 4 }, () => harness.openQueue());
    const rounds = queues.flatMap((queue) => Array.from({ length: 5 }, () => queue));
    const taken = await Promise.all(
      rounds.map((queue) => queue.claimRuns('w', { limit: 3, leaseMs: 60_000 })),
    );
    assert.deepEqual(taken.flatMap(idsOf).toSorted(), made);
  },

  'the plan limits what runs at once, also for claims at the same time': async (harness) => {
    await fill(harness, 'one', { count: 10, plan: 'starter' });
    const queues = Array.from({ length: 4 }, () => harness.openQueue());
    const taken = await Promise.all(queues.map((queue) => queue.claimRuns('w', MINUTE)));
    const claims = taken.flat();
    assert.equal(claims.length, 2);
    const [queue] = queues;
    await queue?.finishRun(claims[0] as Claim, 'COMPLETE', null);
    assert.equal((await queue?.claimRuns('w', MINUTE))?.length, 1);
  },

  'a pipeline with a limit waits without holding up others': async (harness) => {
    const concurrency = { limit: 1, onConflict: 'queue' } as const;
    await fill(harness, 'one', { count: 5, concurrency, pipelineId: 'narrow' });
    await fill(harness, 'one', { count: 2, pipelineId: 'wide' });
    const claims = await harness.openQueue().claimRuns('w', MINUTE);
    const pipelines = claims.map(({ run }) => run.pipelineId);
    assert.deepEqual(pipelines.toSorted(), ['narrow', 'wide', 'wide']);
  },

  'a new tenant goes before the many runs of another': async (harness) => {
    await fill(harness, 'busy', { count: 200 });
    const queue = harness.openQueue();
    await queue.claimRuns('w', { limit: 20, leaseMs: 60_000 });
    const [first] = await fill(harness, 'fresh', { count: 1 });
    const claims = await queue.claimRuns('w', { limit: 1, leaseMs: 60_000 });
    assert.deepEqual(idsOf(claims), [first]);
  },

  'more tenants than places: none waits for the whole queue of others': async (harness) => {
    for (const name of ['a', 'b', 'c', 'd']) await fill(harness, `busy_${name}`, { count: 20 });
    const queue = harness.openQueue();
    const order: string[] = [];
    for (let nr = 0; nr < 10; nr++) {
      if (nr === 4) await fill(harness, 'fresh', { count: 1 });
      const [claim] = await queue.claimRuns('w', { limit: 1, leaseMs: 60_000 });
      order.push(claim?.tenantId ?? 'none');
      if (claim) await queue.finishRun(claim, 'COMPLETE', null);
    }
    assert.ok(order.indexOf('fresh') <= 8, order.join(' '));
  },

  'the highest priority of a tenant goes first, then the oldest run': async (harness) => {
    const [low] = await fill(harness, 'one', { count: 1, priority: 'low' });
    const [normal, later] = await fill(harness, 'one', { count: 2 });
    const [high] = await fill(harness, 'one', { count: 1, priority: 'high' });
    const queue = harness.openQueue();
    const first = await queue.claimRuns('w', { limit: 1, leaseMs: 60_000 });
    const rest = await queue.claimRuns('w', MINUTE);
    assert.deepEqual(idsOf([...first, ...rest]), [high, normal, later, low]);
    assert.equal(first[0]?.run.priority, 'high');
  },

  'a high priority takes nothing from other tenants': async (harness) => {
    await fill(harness, 'urgent', { count: 20, priority: 'high' });
    await fill(harness, 'calm', { count: 20, priority: 'low' });
    const queue = harness.openQueue();
    const taken: string[] = [];
    for (let nr = 0; nr < 10; nr++) {
      const claims = await queue.claimRuns('w', { limit: 1, leaseMs: 60_000 });
      taken.push(...claims.map(({ tenantId }) => tenantId));
    }
    assert.equal(taken.filter((tenantId) => tenantId === 'calm').length, 5);
  },

  'a worker takes runs of its queues only': async (harness) => {
    const [ingest] = await fill(harness, 'one', { count: 1, queue: 'ingest' });
    const [dq] = await fill(harness, 'one', { count: 1, queue: 'dq' });
    const [none] = await fill(harness, 'one', { count: 1 });
    const queue = harness.openQueue();
    const some = await queue.claimRuns('w', { ...MINUTE, queues: ['dq', 'transform'] });
    assert.deepEqual(idsOf(some), [dq]);
    assert.equal(some[0]?.run.queue, 'dq');
    assert.deepEqual(idsOf(await queue.claimRuns('w', MINUTE)), [ingest, none]);
  },

  'what a tenant uses of one queue costs it nothing in another': async (harness) => {
    await fill(harness, 'busy', { count: 60, queue: 'ingest' });
    const queue = harness.openQueue();
    await queue.claimRuns('w', { limit: 50, leaseMs: 60_000, queues: ['ingest'] });
    const [first] = await fill(harness, 'busy', { count: 1 });
    await fill(harness, 'other', { count: 1 });
    const claims = await queue.claimRuns('w', { limit: 1, leaseMs: 60_000, queues: ['pipeline'] });
    assert.deepEqual(idsOf(claims), [first]);
  },

  'a few tenants with many runs fill what many with one leave': async (harness) => {
    for (let nr = 0; nr < 8; nr++) await fill(harness, `small_${nr}`, { count: 1 });
    for (const name of ['big_a', 'big_b']) await fill(harness, name, { count: 30 });
    const claims = await harness.openQueue().claimRuns('w', { limit: 50, leaseMs: 60_000 });
    const of = (name: string) => claims.filter(({ tenantId }) => tenantId === name).length;
    assert.deepEqual([claims.length, of('big_a'), of('big_b')], [50, 21, 21]);
  },

  'nothing is taken of a paused queue until it is resumed, which wakes workers': async (
    harness,
  ) => {
    const [dq] = await fill(harness, 'one', { count: 1, queue: 'dq' });
    const [other] = await fill(harness, 'one', { count: 1 });
    const { control } = harness;
    const queue = harness.openQueue();
    const paused = await control.pause({ queue: 'dq' }, 'kim');
    assert.deepEqual([paused.depth, paused.running, paused.pausedBy], [1, 0, 'kim']);
    await control.pause({ queue: 'dq' }, 'another');
    assert.deepEqual(idsOf(await queue.claimRuns('w', MINUTE)), [other]);
    const { queues } = await control.readQueues();
    assert.deepEqual(
      queues.map((one) => [one.queue, one.depth, one.running, one.pausedBy]),
      [
        ['pipeline', 0, 1, null],
        ['ingest', 0, 0, null],
        ['dq', 1, 0, 'kim'],
        ['transform', 0, 0, null],
      ],
    );
    const rung = queue.waitForBell(600_000, new AbortController().signal);
    const resumed = await control.resume({ queue: 'dq' });
    assert.deepEqual([resumed.pausedAt, resumed.pausedBy], [null, null]);
    await rung;
    assert.deepEqual(idsOf(await queue.claimRuns('w', MINUTE)), [dq]);
  },

  'nothing is taken of a paused tenant, and it saves up no turns': async (harness) => {
    const { control } = harness;
    await fill(harness, 'paused', { count: 10 });
    const { running } = await control.pause({ tenantId: 'paused' }, 'kim');
    assert.equal(running, 0);
    const others = await fill(harness, 'other', { count: 20 });
    const queue = harness.openQueue();
    const taken = await queue.claimRuns('w', { limit: 10, leaseMs: 60_000 });
    assert.deepEqual(idsOf(taken), others.slice(0, 10));
    const { pausedTenants } = await control.readQueues();
    assert.deepEqual(
      pausedTenants.map((one) => [one.tenantId, one.depth, one.running, one.pausedBy]),
      [['paused', 10, 0, 'kim']],
    );
    await control.resume({ tenantId: 'paused' });
    const next = await queue.claimRuns('w', { limit: 10, leaseMs: 60_000 });
    // The other has had the turn that is served now.
    assert.equal(next.filter(({ tenantId }) => tenantId === 'paused').length, 6);
    const nobody = { tenantId: 'nobody_at_all' };
    await assert.rejects(control.pause(nobody, 'kim'), { code: 'tenant_absent' });
    await assert.rejects(control.resume(nobody), { code: 'tenant_absent' });
  },

  'who reaps is a worker that is known until it signs out': async (harness) => {
    await fill(harness, 'one', { count: 1 });
    const queue = harness.openQueue();
    const sheet = { worker: 'w1', queues: ['dq', 'pipeline'], places: { min: 1, max: 4 } } as const;
    await queue.reapOrphans(3, sheet);
    await queue.claimRuns('w1', MINUTE);
    const [first] = await harness.control.listWorkers();
    assert.ok(first);
    const { startedAt, seenAt, ...rest } = first;
    assert.deepEqual(rest, { ...sheet, running: 1, isLost: false });
    await queue.reapOrphans(3, sheet);
    const [again] = await harness.control.listWorkers();
    assert.deepEqual(again?.startedAt, startedAt);
    assert.ok(again.seenAt >= seenAt);
    await queue.signOut('w1');
    assert.deepEqual(await harness.control.listWorkers(), []);
  },

  'an ended lease gives the run to another, and the first may not write': async (harness) => {
    const [runId] = await fill(harness, 'one', { count: 1 });
    const zombie = harness.openQueue();
    const heir = harness.openQueue();
    const [lost] = await zombie.claimRuns('zombie', ENDED);
    assert.ok(lost);
    assert.deepEqual(await heir.reapOrphans(3), [runId]);
    assert.deepEqual(await heir.reapOrphans(3), []);
    const [claim] = await heir.claimRuns('heir', MINUTE);
    assert.ok(claim && claim.fence > lost.fence && claim.run.attempt === 2);
    const refused = { code: 'lease_lost' };
    await assert.rejects(zombie.startStep(lost, { name: 's', type: 'dq', attempt: 1 }), refused);
    await assert.rejects(zombie.finishRun(lost, 'COMPLETE', null), refused);
    await assert.rejects(zombie.releaseRun(lost), refused);
    const beat = { lost: [runId], cancelled: [] };
    assert.deepEqual(await zombie.heartbeat('zombie', [lost], 60_000), beat);
    assert.deepEqual(await heir.heartbeat('heir', [claim], 60_000), { lost: [], cancelled: [] });
  },

  'a run that loses its worker too often fails as orphaned': async (harness) => {
    const [runId = ''] = await fill(harness, 'one', { count: 1 });
    const queue = harness.openQueue();
    for (let nr = 0; nr < 2; nr++) {
      await queue.claimRuns('w', ENDED);
      await queue.reapOrphans(2);
    }
    const run = await harness.runs.getRun(tenantScope('one'), runId);
    assert.deepEqual([run.status, run.failure?.code], ['FAILED', 'orphaned']);
    assert.deepEqual(await queue.claimRuns('w', MINUTE), []);
  },

  'a released run is taken again at once and has lost nothing': async (harness) => {
    const [runId = ''] = await fill(harness, 'one', { count: 1 });
    const queue = harness.openQueue();
    for (let nr = 1; nr <= 5; nr++) {
      const [claim] = await queue.claimRuns('w', ENDED);
      assert.equal(claim?.run.attempt, nr);
      if (claim) await queue.releaseRun(claim);
    }
    const run = await harness.runs.getRun(tenantScope('one'), runId);
    assert.equal(run.status, 'PENDING');
  },

  'a cancel is seen by the next heartbeat, and ends a run without a worker': async (harness) => {
    const [runId = ''] = await fill(harness, 'one', { count: 1 });
    const queue = harness.openQueue();
    const claims = await queue.claimRuns('w', MINUTE);
    await harness.runs.cancelRun(tenantScope('one'), runId, 'kim');
    const beat = await queue.heartbeat('w', claims, 0);
    assert.deepEqual(beat, { lost: [], cancelled: [runId] });
    await queue.reapOrphans(3);
    const run = await harness.runs.getRun(tenantScope('one'), runId);
    assert.equal(run.status, 'CANCELLED');
  },

  'the bell rings for a new run and for a cancel': async (harness) => {
    const queue = harness.openQueue();
    const never = new AbortController().signal;
    assert.deepEqual(await queue.claimRuns('w', MINUTE), []);
    const [runId = ''] = await fill(harness, 'one', { count: 1 });
    await queue.waitForBell(600_000, never);
    assert.equal((await queue.claimRuns('w', MINUTE)).length, 1);
    const rung = queue.waitForBell(600_000, never);
    await harness.runs.cancelRun(tenantScope('one'), runId, 'kim');
    await rung;
    const stop = new AbortController();
    const stopped = queue.waitForBell(600_000, stop.signal);
    stop.abort();
    await stopped;
  },

  'writes of many runs at once are each stored, a refused one alone fails': async (harness) => {
    await fill(harness, 'one', { count: 60 });
    const queue = harness.openQueue();
    const claims = await queue.claimRuns('w', MINUTE);
    const [first, ...others] = claims;
    assert.ok(first);
    const stale = { ...first, fence: first.fence - 1n };
    const line = { step: null, kind: 'log', level: 'info', message: 'm', detail: {} } as const;
    const writes = [
      queue.finishRun(stale, 'FAILED', null),
      ...others.map(async (claim) => {
        await Promise.all([queue.appendEvents(claim, [line]), queue.appendEvents(claim, [line])]);
        await queue.finishRun(claim, 'COMPLETE', null);
      }),
    ];
    const outcomes = await Promise.allSettled(writes);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', ...others.map(() => 'fulfilled')],
    );
    const { runs } = await harness.runs.listRuns(tenantScope('one'), { limit: 100 });
    assert.equal(runs.filter(({ status }) => status === 'COMPLETE').length, 59);
  },
};
