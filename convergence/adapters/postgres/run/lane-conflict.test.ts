import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemClock } from 'base/clock.ts';
import type { Clock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { upgradeDatabase } from '../../../db/migrate.ts';
import type { Claim } from '../../../engine/run/run-queue.ts';
import type { Run } from '../../../engine/run/run.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import type { TenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { openControlDatabase } from '../open-control-database.ts';
import { PostgresTenantStore } from '../tenant/tenant-store.ts';
import { PostgresRunQueue } from './queue/run-queue.ts';
import { PostgresRunStore } from './store/run-store.ts';

const TRIGGERS = 50;
/** The second machine's clock is wrong by a minute, as clocks are. */
const late: Pick<Clock, 'now'> = {
  now: () => new Date(systemClock.now().getTime() - 60_000),
};

const server = await openTestDatabase();
const machines = await Promise.all(
  [systemClock, late].map(async (clock) => {
    const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
    after(() => database.close());
    const nextId = createUuidV7({ clock });
    return {
      database,
      runs: new PostgresRunStore(database, { clock, nextId }),
      queue: new PostgresRunQueue(database),
    };
  }),
);
after(() => server.drop());
const [here, there] = machines as [Machine, Machine];
await upgradeDatabase(here.database);
const tenants = new PostgresTenantStore(here.database, { clock: systemClock });

type Machine = (typeof machines)[number];
type OnConflict = 'queue' | 'skip' | 'cancel';

/** All triggers at once on both machines, while a worker takes what waits; the oldest run first. */
async function crowd(scope: TenantScope, concurrency: { limit: number; onConflict: OnConflict }) {
  await tenants.createTenant({ ...scope, plan: 'enterprise' });
  const request = { pipelineId: 'p', triggerBy: 'test', parameters: {}, concurrency };
  const triggers = Array.from({ length: TRIGGERS }, (_, nr) =>
    (nr % 2 === 0 ? here : there).runs.admitRun(scope, request),
  );
  const most = await work(Promise.all(triggers));
  assert.ok(most <= concurrency.limit, `${most} at the same time`);
  const { runs } = await here.runs.listRuns(scope, { limit: 200 });
  return runs.toReversed();
}

/** Claims all the time, and ends what was cancelled; the most that ran at the same time. */
async function work(until: Promise<unknown>): Promise<number> {
  const over = until.then(() => true);
  const held = new Map<string, Claim>();
  let most = 0;
  const turn = async () => {
    const { queue } = there;
    for (const claim of await queue.claimRuns('w', { limit: 5, leaseMs: 60_000 })) {
      held.set(claim.run.runId, claim);
    }
    most = Math.max(most, held.size);
    const { cancelled } = await queue.heartbeat('w', [...held.values()], 60_000);
    for (const runId of cancelled) {
      const claim = held.get(runId);
      held.delete(runId);
      const failure = { code: 'cancelled', kind: 'conflict', message: 'told to stop' } as const;
      if (claim) await queue.finishRun(claim, 'CANCELLED', failure);
    }
  };
  do await turn();
  while (!(await Promise.race([over, Promise.resolve(false)])));
  // What was told to stop does so, and its place goes to who waits for it.
  await turn();
  await turn();
  return most;
}

function times(count: number, value: string): string[] {
  return Array.from({ length: count }, () => value);
}

const isActive = ({ status }: Run) => status === 'PENDING' || status === 'RUNNING';

for (const limit of [1, 3]) {
  test(`of ${TRIGGERS} triggers at once skip lets ${limit} run, and the others say why`, async () => {
    const runs = await crowd(tenantScope(`skip_${limit}`), { limit, onConflict: 'skip' });
    assert.equal(runs.length, TRIGGERS);
    assert.deepEqual(
      runs.filter(isActive).map(({ status }) => status),
      times(limit, 'RUNNING'),
    );
    const reasons = runs
      .filter((run) => !isActive(run))
      .map(({ status, failure }) => `${status}: ${failure?.message}`);
    const reason = `Skipped: ${limit} runs of the pipeline have not ended, and it allows ${limit}.`;
    assert.deepEqual(reasons, times(TRIGGERS - limit, `CANCELLED: ${reason}`));
  });

  test(`of ${TRIGGERS} triggers at once cancel leaves the newest ${limit}`, async () => {
    const runs = await crowd(tenantScope(`cancel_${limit}`), { limit, onConflict: 'cancel' });
    assert.equal(runs.length, TRIGGERS);
    const states = runs.map(({ status }) => status);
    assert.deepEqual(states, [...times(TRIGGERS - limit, 'CANCELLED'), ...times(limit, 'RUNNING')]);
    assert.ok(runs.slice(0, -limit).every(({ failure }) => failure?.code === 'cancelled'));
  });
}
