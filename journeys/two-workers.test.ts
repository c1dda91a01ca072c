import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { executeRun } from '../convergence/engine/run/execute/execute-run.ts';
import { openTestDatabase } from '../convergence/testing/postgres.ts';
import { readRows } from '../convergence/testing/read-rows.ts';
import { openJourney } from './support/journey.ts';
import type { Journey } from './support/journey.ts';
import { ShopServer } from './support/shop-server.ts';
import { TENANT, writeShopTenant } from './support/shop-tenant.ts';
import { assertSame, readTables, takeSnapshot } from './support/snapshot.ts';
import type { Snapshot } from './support/snapshot.ts';
import { watchCalls } from './support/watch-calls.ts';
import type { OnCall } from './support/watch-calls.ts';
import { crash, exitOf, startWorkerProcess } from './support/worker-process.ts';

/** Several workers share a PostgreSQL; the second finds the run when the lease of the first ends. */
const LEASE_MS = 2000;

interface Served {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly journey: Journey;
}

let root: string;
let shop: ShopServer;
let expected: Snapshot;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'convergence-workers-'));
  shop = await ShopServer.start();
  await writeShopTenant(join(root, 'configs'), shop.url);
  expected = await withServed('calm', () => Promise.resolve());
});
after(async () => {
  await shop.close();
  await rm(root, { recursive: true });
});

for (const point of [
  'half /orders 4',
  'during dataset.publish 2 3ms',
  'before queue.finishStep 2',
  'after dataset.buildModel 2',
]) {
  test(`another worker takes over from one that was killed: ${point}`, async () => {
    const found = await withServed(point, async ({ folder, databaseUrl }) => {
      const options = { folder, databaseUrl, leaseMs: LEASE_MS, point };
      assert.equal(await crash(shop, options), 'SIGKILL');
    });
    assertSame(found, expected);
  });
}

test('a process that stood still and wakes up when its run is done changes nothing', async () => {
  const found = await withServed('frozen', async ({ folder, databaseUrl, journey }) => {
    const frozen = startWorkerProcess({ folder, databaseUrl, leaseMs: LEASE_MS });
    try {
      const exit = exitOf(frozen);
      const asked = Promise.withResolvers<void>();
      const awake = Promise.withResolvers<void>();
      shop.intercept = async ({ path, page }) => {
        if (path !== '/orders' || page !== 3) return null;
        shop.intercept = async () => null;
        await isFree(join(folder, 'data', 'warehouse', `${TENANT}.duckdb`));
        frozen.kill('SIGSTOP');
        asked.resolve();
        await awake.promise;
        return null;
      };
      await asked.promise;
      await journey.finishRuns();
      frozen.kill('SIGCONT');
      awake.resolve();
      assert.equal(await exit, 0);
    } finally {
      frozen.kill('SIGKILL');
    }
  });
  assertSame(found, expected);
});

test('a run whose worker loses the database for a moment is taken again, not failed', async () => {
  const found = await withServed('shut', async ({ databaseUrl, journey }) => {
    const stageAndShut = async (stage: () => unknown) => {
      const staged = await stage();
      await letConnect(databaseUrl, false);
      return staged;
    };
    const onCall: OnCall = (call, perform) => {
      if (call === 'dataset.stage') return stageAndShut(perform);
      // It comes back just before the worker says how the step ended.
      return call === 'queue.finishStep' ? letConnect(databaseUrl, true).then(perform) : perform();
    };
    const [claim] = await journey.deps.queue.claimRuns('unlucky', { limit: 1, leaseMs: LEASE_MS });
    assert.ok(claim);
    const work = executeRun(claim, new AbortController().signal, watchCalls(journey.deps, onCall));
    await assert.rejects(work, { code: 'database_unreachable' });
    await letConnect(databaseUrl, true);
  });
  assertSame(found, expected);
});

/** Ends the connections of a database and refuses new ones, or accepts them again. */
async function letConnect(databaseUrl: string, isOpen: boolean): Promise<void> {
  const server = new URL(databaseUrl);
  const name = server.pathname.slice(1);
  server.pathname = '/postgres';
  await readRows(server.href, `ALTER DATABASE ${name} CONNECTION LIMIT ${isOpen ? -1 : 0}`);
  if (isOpen) return;
  const end = 'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1';
  await readRows(server.href, end, [name]);
}

/** Resolves when no process has the warehouse file open: one that stands still would keep it. */
async function isFree(file: string): Promise<void> {
  while (
    await readTables(file).then(
      () => false,
      () => true,
    )
  ) {
    await setTimeout(20);
  }
}

/** A run on a database of its own; what is left when `work` and then a second worker are done. */
async function withServed(
  name: string,
  work: (served: Served) => Promise<void>,
): Promise<Snapshot> {
  const folder = join(root, name.replaceAll(/\W/g, '-'));
  const database = await openTestDatabase();
  // With their times, by which the file source knows files.
  const copy = { recursive: true, preserveTimestamps: true };
  await cp(join(root, 'configs'), join(folder, 'configs'), copy);
  const options = { folder, databaseUrl: database.url, leaseMs: LEASE_MS };
  const journey = await openJourney(options);
  try {
    const { runId } = await journey.admit();
    await work({ ...options, journey });
    await journey.finishRuns();
    return anonymous(await takeSnapshot(journey, folder), runId);
  } finally {
    await journey.close();
    await database.drop();
  }
}

/** The same for all runs. */
function anonymous(snapshot: Snapshot, runId: string): Snapshot {
  return JSON.parse(JSON.stringify(snapshot).replaceAll(runId, 'the run')) as Snapshot;
}
