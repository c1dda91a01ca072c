import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { FakeClock } from 'base/clock.fake.ts';
import { DEFAULT_PLANS } from '../tenant/plan/plan.ts';
import type { QuotaStore } from '../tenant/usage/quota-store.ts';
import { tenantScope } from '../tenant/tenant-scope.ts';
import type { TenantScope } from '../tenant/tenant-scope.ts';
import type { TenantStore } from '../tenant/tenant-store.ts';
import type { QueueControl } from './queue/queue-control.ts';
import type { Claim, RunQueue } from './run-queue.ts';
import type { RunFilter, RunRequest, RunStore } from './run-store.ts';
import type { RunEvent, StepRecord } from './run.ts';

export interface RunHarness {
  readonly tenants: TenantStore;
  readonly quotas: QuotaStore;
  readonly runs: RunStore;
  readonly control: QueueControl;
  /** The queue as another worker process would have it. */
  readonly openQueue: () => RunQueue;
  /** Of the stores; leases have the time of the database. */
  readonly clock: FakeClock;
}

/** What every store of runs must do; each case has a tenant of its own. */
export function runStoreConformance(name: string, open: () => Promise<RunHarness>): void {
  describe(`${name} as a run store`, () => {
    let harness: RunHarness | undefined;
    before(async () => {
      harness = await open();
    });
    Object.entries(CASES).forEach(([title, run], index) => {
      test(title, async () => {
        assert.ok(harness);
        const scope = tenantScope(`store_${index}`);
        await harness.tenants.createTenant({ tenantId: scope.tenantId });
        await run({ ...harness, scope, queue: harness.openQueue() });
      });
    });
  });
}

interface Bench extends RunHarness {
  readonly scope: TenantScope;
  readonly queue: RunQueue;
}

const REQUEST: RunRequest = { pipelineId: 'p_test', triggerBy: 'test', parameters: { day: 1 } };

async function claimOne({ queue, scope }: Bench): Promise<Claim> {
  const claims = await queue.claimRuns('worker', { limit: 100, leaseMs: 60_000 });
  const own = claims.filter((claim) => claim.tenantId === scope.tenantId);
  assert.equal(own.length, 1);
  return own[0] as Claim;
}

function completeStep(name: string): StepRecord {
  return {
    name,
    type: 'dq',
    status: 'COMPLETE',
    attempt: 1,
    startedAt: new Date('2026-01-01T00:00:01Z'),
    finishedAt: new Date('2026-01-01T00:00:02Z'),
    rowsIn: 9_007_199_254_740_991,
    rowsLoaded: 2,
    rowsQuarantined: 1,
    rulesPassed: 4,
    rulesFailed: 0,
    failure: null,
  };
}

const CASES: Record<string, (bench: Bench) => Promise<void>> = {
  'a run is what was asked for, and pending': async ({ runs, scope, clock }) => {
    const run = await runs.admitRun(scope, REQUEST);
    const { runId, ...rest } = run;
    assert.deepEqual(rest, {
      tenantId: scope.tenantId,
      pipelineId: 'p_test',
      status: 'PENDING',
      triggerBy: 'test',
      parameters: { day: 1 },
      queue: 'pipeline',
      priority: 'normal',
      attempt: 0,
      createdAt: clock.now(),
      startedAt: null,
      finishedAt: null,
      failure: null,
      restartOf: null,
      replayOf: null,
      groupId: null,
      interval: null,
    });
    assert.deepEqual(await runs.getRun(scope, runId), { ...run, steps: [] });
  },

  '100 triggers at once against 7 that are left admit exactly 7': async (bench) => {
    const { runs, scope, quotas } = bench;
    const used = DEFAULT_PLANS.starter.runsPerDay - 7;
    for (let nr = 0; nr < used; nr++) await runs.admitRun(scope, REQUEST);
    const tries = Array.from({ length: 100 }, () => runs.admitRun(scope, REQUEST));
    const outcomes = await Promise.allSettled(tries);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.equal(outcomes.length - refused.length, 7);
    for (const { reason } of refused) assert.equal(codeOf(reason), 'quota_exceeded');
    const { usage } = await quotas.readUsage(scope);
    assert.equal(usage.runsToday, DEFAULT_PLANS.starter.runsPerDay);
  },

  'the same key gives the same run, and an error for another request': async ({ runs, scope }) => {
    const request = { ...REQUEST, idempotencyKey: 'k1' };
    const tries = await Promise.all([1, 2, 3].map(() => runs.admitRun(scope, request)));
    assert.equal(new Set(tries.map((run) => run.runId)).size, 1);
    const other = runs.admitRun(scope, { ...request, parameters: { day: 2 } });
    await assert.rejects(other, { code: 'idempotency_conflict' });
  },

  'a key is free again after a day': async ({ runs, scope, clock }) => {
    const request = { ...REQUEST, idempotencyKey: 'k1' };
    const first = await runs.admitRun(scope, request);
    await clock.advance(24 * 3_600_000 + 1);
    assert.notEqual((await runs.admitRun(scope, request)).runId, first.runId);
  },

  'a suspended or unknown tenant starts nothing': async ({ runs, scope, tenants }) => {
    await tenants.suspendTenant(scope.tenantId, 'finish');
    await assert.rejects(runs.admitRun(scope, REQUEST), { code: 'tenant_suspended' });
    const nobody = tenantScope('nobody_at_all');
    await assert.rejects(runs.admitRun(nobody, REQUEST), { code: 'tenant_absent' });
  },

  'a refusal that is recorded is a failed run with its reason, and does not count': async (
    bench,
  ) => {
    const { runs, scope, tenants, quotas } = bench;
    const used = DEFAULT_PLANS.starter.runsPerDay;
    for (let nr = 0; nr < used; nr++) await runs.admitRun(scope, REQUEST);
    const unattended = { ...REQUEST, recordRefusal: true, idempotencyKey: 'due' };
    const refused = await runs.admitRun(scope, unattended);
    assert.equal(refused.status, 'FAILED');
    assert.deepEqual(refused.failure, {
      code: 'quota_exceeded',
      kind: 'transient',
      message: 'The plan allows 50 runs a day, and 50 were used.',
      hint: 'Wait until 2026-01-03T00:00:00.000Z, when the count begins again, or take a larger plan.',
    });
    assert.deepEqual(await runs.getRun(scope, refused.runId), { ...refused, steps: [] });
    assert.deepEqual(await runs.admitRun(scope, unattended), refused);
    await tenants.suspendTenant(scope.tenantId, 'finish');
    const suspended = await runs.admitRun(scope, { ...REQUEST, recordRefusal: true });
    assert.deepEqual([suspended.status, suspended.failure?.code], ['FAILED', 'tenant_suspended']);
    assert.equal((await quotas.readUsage(scope)).usage.runsToday, used);
  },

  'on_conflict skip records a cancelled run that does not count': async (bench) => {
    const { runs, scope, quotas } = bench;
    const concurrency = { limit: 1, onConflict: 'skip' } as const;
    await runs.admitRun(scope, { ...REQUEST, concurrency });
    const skipped = await runs.admitRun(scope, { ...REQUEST, concurrency });
    assert.equal(skipped.status, 'CANCELLED');
    assert.equal(skipped.failure?.code, 'cancelled');
    assert.equal((await quotas.readUsage(scope)).usage.runsToday, 1);
  },

  'on_conflict cancel ends the older runs': async ({ runs, scope }) => {
    const concurrency = { limit: 1, onConflict: 'cancel' } as const;
    const older = await runs.admitRun(scope, { ...REQUEST, concurrency });
    const newer = await runs.admitRun(scope, { ...REQUEST, concurrency });
    assert.equal((await runs.getRun(scope, older.runId)).status, 'CANCELLED');
    assert.equal((await runs.getRun(scope, newer.runId)).status, 'PENDING');
  },

  'pages of runs cover all, newest first': async ({ runs, scope }) => {
    const made: string[] = [];
    for (let nr = 0; nr < 5; nr++) made.push((await runs.admitRun(scope, REQUEST)).runId);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await runs.listRuns(scope, { limit: 2, cursor, statuses: ['PENDING'] });
      seen.push(...page.runs.map((run) => run.runId));
      cursor = page.next ?? undefined;
    } while (cursor);
    assert.deepEqual(seen, made.toReversed());
    await assert.rejects(runs.listRuns(scope, { limit: 2, cursor: '!' }), {
      code: 'request_invalid',
    });
  },

  'filters narrow a list, and a cursor stays where it was while runs arrive': async (bench) => {
    const { runs, scope, clock } = bench;
    const ids: string[] = [];
    for (const triggerBy of ['kim', 'jo', 'kim', 'jo']) {
      ids.push((await runs.admitRun(scope, { ...REQUEST, triggerBy })).runId);
      await clock.advance(60_000);
    }
    await runs.cancelRun(scope, ids[0] ?? '', 'kim');
    const listed = async (filter: RunFilter) =>
      (await runs.listRuns(scope, { ...filter, limit: 9 })).runs.map(({ runId }) =>
        ids.indexOf(runId),
      );
    const minutesAgo = (count: number) => new Date(clock.now().getTime() - count * 60_000);
    assert.deepEqual(await listed({ statuses: ['CANCELLED', 'FAILED'] }), [0]);
    assert.deepEqual(
      await listed({ statuses: ['CANCELLED', 'PENDING'], triggerBy: 'kim' }),
      [2, 0],
    );
    const days = { createdFrom: minutesAgo(3), createdTo: minutesAgo(1) };
    assert.deepEqual(await listed(days), [2, 1]);
    assert.deepEqual(await listed({ pipelineId: 'other' }), []);
    assert.deepEqual(await listed({ groupId: 'no-uuid' }), []);
    assert.deepEqual(await listed({ minDurationMs: 0 }), []);

    const first = await runs.listRuns(scope, { limit: 2 });
    await runs.admitRun(scope, REQUEST);
    const second = await runs.listRuns(scope, { limit: 2, cursor: first.next ?? '' });
    const paged = [...first.runs, ...second.runs].map(({ runId }) => ids.indexOf(runId));
    assert.deepEqual([paged, second.next], [[3, 2, 1, 0], null]);
  },

  'a search finds the oldest, counts all, and leaves out what was restarted': async (bench) => {
    const { runs, scope } = bench;
    const ids: string[] = [];
    for (let nr = 0; nr < 3; nr++) ids.push((await runs.admitRun(scope, REQUEST)).runId);
    for (const runId of ids) await runs.cancelRun(scope, runId, 'kim');
    const once = { by: 'kim', once: true };
    const tries = [1, 2, 3].map(() => runs.restartRun(scope, ids[1] ?? '', once));
    const codes = (await Promise.allSettled(tries)).map((outcome) =>
      outcome.status === 'fulfilled' ? 'done' : String(codeOf(outcome.reason)),
    );
    assert.deepEqual(
      codes.toSorted((a, b) => a.localeCompare(b)),
      ['done', 'run_restarted', 'run_restarted'],
    );
    const search = { statuses: ['CANCELLED'], notRestarted: true } as const;
    const found = await runs.findRuns(scope, { ...search, limit: 1 });
    assert.deepEqual([found.runs.map(({ runId }) => runId), found.matched], [[ids[0]], 2]);
    assert.deepEqual(await runs.findRuns(scope, { pipelineId: 'none', limit: 1 }), {
      runs: [],
      matched: 0,
    });
  },

  'a replay and a restart say what they repeat, and a restart keeps group and days': async (
    bench,
  ) => {
    const { runs, scope } = bench;
    const groupId = '01900000-0000-7000-8000-000000000001';
    const interval = { start: '2026-01-01', end: '2026-02-01' };
    const first = await runs.admitRun(scope, { ...REQUEST, groupId, interval });
    assert.deepEqual([first.groupId, first.interval], [groupId, interval]);
    await runs.cancelRun(scope, first.runId, 'kim');
    const again = await runs.restartRun(scope, first.runId, { by: 'kim' });
    const { restartOf, replayOf } = again;
    assert.deepEqual(
      { restartOf, replayOf, groupId: again.groupId, interval: again.interval },
      { restartOf: first.runId, replayOf: null, groupId, interval },
    );
    const request = { ...REQUEST, replayOf: first.runId, idempotencyKey: 'again' };
    const replay = await runs.admitRun(scope, request);
    assert.deepEqual([replay.replayOf, replay.restartOf], [first.runId, null]);
    assert.equal((await runs.admitRun(scope, request)).runId, replay.runId);
    const plain = runs.admitRun(scope, { ...REQUEST, idempotencyKey: 'again' });
    await assert.rejects(plain, { code: 'idempotency_conflict' });
  },

  'a tenant does not see the run of another': async ({ runs, scope, tenants }) => {
    const { runId } = await runs.admitRun(scope, REQUEST);
    const other = tenantScope(`${scope.tenantId}_other`);
    await tenants.createTenant({ tenantId: other.tenantId });
    const absent = { code: 'run_absent' };
    await assert.rejects(runs.getRun(other, runId), absent);
    await assert.rejects(runs.cancelRun(other, runId, 'them'), absent);
    await assert.rejects(runs.restartRun(other, runId, { by: 'them' }), absent);
    await assert.rejects(runs.readEvents(other, runId, 0), absent);
    await assert.rejects(runs.listRuleResults(other, runId), absent);
    await assert.rejects(runs.getRun(scope, 'not-a-uuid'), absent);
    assert.deepEqual((await runs.listRuns(other, { limit: 10 })).runs, []);
  },

  'a pending run is cancelled at once, a finished one not': async ({ runs, scope }) => {
    const { runId } = await runs.admitRun(scope, REQUEST);
    const cancelled = await runs.cancelRun(scope, runId, 'kim');
    assert.equal(cancelled.status, 'CANCELLED');
    assert.equal(cancelled.failure?.message, 'Cancelled by kim.');
    assert.deepEqual(await runs.cancelRun(scope, runId, 'kim'), cancelled);
    const events = await runs.readEvents(scope, runId, 0);
    assert.deepEqual(
      events.map(({ detail }) => detail.status),
      ['PENDING', 'CANCELLED'],
    );
  },

  'steps, results and states are read back as they were written': async (bench) => {
    const { runs, scope, queue } = bench;
    const { runId } = await runs.admitRun(scope, REQUEST);
    const claim = await claimOne(bench);
    const step = completeStep('check');
    const result = {
      step: 'check',
      table: 't',
      ruleId: 'r1',
      rule: 'be_unique',
      severity: 'error',
      passed: false,
      observed: 'x',
      rowsTested: 5,
      rowsFailed: 1,
      samples: ['half a pair \ud800 and \0'],
      problem: null,
    } as const;
    await queue.startStep(claim, { name: 'check', type: 'dq', attempt: 1 });
    await queue.finishStep(claim, step, [result, result]);
    await queue.finishStep(claim, step, [result]);
    await queue.finishRun(claim, 'COMPLETE', null);
    const { steps, status } = await runs.getRun(scope, runId);
    assert.deepEqual({ steps, status }, { steps: [step], status: 'COMPLETE' });
    const stored = { ...result, samples: ['half a pair \ufffd and \ufffd'] };
    assert.deepEqual(await runs.listRuleResults(scope, runId), [stored]);
    await assert.rejects(runs.cancelRun(scope, runId, 'kim'), { code: 'run_finished' });
  },

  'a restart knows what was done before, through a chain': async (bench) => {
    const { runs, scope, queue } = bench;
    const first = await runs.admitRun(scope, REQUEST);
    await assert.rejects(runs.restartRun(scope, first.runId, { by: 'kim' }), {
      code: 'run_active',
    });
    let runId = first.runId;
    for (const name of ['one', 'two']) {
      const claim = await claimOne(bench);
      await queue.finishStep(claim, completeStep(name), []);
      await queue.finishRun(claim, 'FAILED', { code: 'x', kind: 'input', message: 'no' });
      runId = (await runs.restartRun(scope, runId, { by: 'kim' })).runId;
    }
    const claim = await claimOne(bench);
    assert.equal(claim.rootRunId, first.runId);
    assert.deepEqual(claim.doneBefore.toSorted(), ['one', 'two']);
    assert.deepEqual(claim.run.parameters, REQUEST.parameters);
  },

  'a follower sees stored and live events and ends with the run': async (bench) => {
    const { runs, scope, queue } = bench;
    const { runId } = await runs.admitRun(scope, REQUEST);
    const claim = await claimOne(bench);
    const progress = { step: 'one', kind: 'progress', level: 'info', message: '5 rows' } as const;
    const seen: RunEvent[] = [];
    for await (const event of runs.followEvents(scope, runId, 0, new AbortController().signal)) {
      seen.push(event);
      if (event.message === 'Run RUNNING') queue.sendProgress(claim, { ...progress, detail: {} });
      if (event.kind === 'progress') await queue.finishRun(claim, 'COMPLETE', null);
    }
    const messages = seen.map(({ message }) => message);
    assert.deepEqual(messages, ['Run PENDING', 'Run RUNNING', '5 rows', 'Run COMPLETE']);
    const stored = seen.filter(({ kind }) => kind !== 'progress');
    assert.deepEqual(await runs.readEvents(scope, runId, 0), stored);
  },
};

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
