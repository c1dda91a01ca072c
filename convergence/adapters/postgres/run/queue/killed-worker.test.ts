import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { upgradeDatabase } from '../../../../db/migrate.ts';
import { tenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../../testing/postgres.ts';
import { openControlDatabase } from '../../open-control-database.ts';
import { PostgresTenantStore } from '../../tenant/tenant-store.ts';
import { PostgresRunQueue } from './run-queue.ts';
import { PostgresRunStore } from '../store/run-store.ts';

const WORKER = `
import { openControlDatabase } from ${JSON.stringify(import.meta.resolve('../../open-control-database.ts'))};
import { PostgresRunQueue } from ${JSON.stringify(import.meta.resolve('./run-queue.ts'))};
const database = await openControlDatabase({ databaseUrl: process.argv[1], dataDir: '' });
const queue = new PostgresRunQueue(database);
const claims = await queue.claimRuns('killed', { limit: 3, leaseMs: 300 });
await queue.startStep(claims[0], { name: 'one', type: 'dq', attempt: 1 });
console.log(claims.map((claim) => claim.run.runId + ' ' + claim.fence).join());
setInterval(() => {}, 1000);`;

test('runs of a worker that was killed are taken by another, with their steps', async () => {
  const server = await openTestDatabase();
  const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
  after(() => database.close().then(() => server.drop()));
  await upgradeDatabase(database);
  const clock = systemClock;
  const scope = tenantScope('acme');
  await new PostgresTenantStore(database, { clock }).createTenant({
    tenantId: 'acme',
    plan: 'scale',
  });
  const runs = new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }) });
  for (let nr = 0; nr < 3; nr++) {
    await runs.admitRun(scope, { pipelineId: 'p', triggerBy: 't', parameters: {} });
  }

  const held = await claimAndDie(server.url);
  const queue = new PostgresRunQueue(database);
  const reaped: string[] = [];
  while (reaped.length < 3) reaped.push(...(await queue.reapOrphans(3)));
  const claims = await queue.claimRuns('heir', { limit: 10, leaseMs: 60_000 });

  assert.deepEqual(
    claims.map(({ run }) => run.runId),
    held.map(({ runId }) => runId),
  );
  assert.ok(claims.every((claim, nr) => claim.fence > (held[nr]?.fence ?? 0n)));
  const steps = claims.map((claim) => claim.steps.map(({ name, status }) => [name, status]));
  assert.deepEqual(steps, [[['one', 'RUNNING']], [], []]);
});

async function claimAndDie(url: string): Promise<{ runId: string; fence: bigint }[]> {
  const args = ['--input-type=module-typescript', '-e', WORKER, url];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGKILL');
  await once(child, 'exit');
  return line
    .toString()
    .trim()
    .split(',')
    .map((claim) => claim.split(' '))
    .map(([runId = '', fence = '0']) => ({ runId, fence: BigInt(fence) }));
}
