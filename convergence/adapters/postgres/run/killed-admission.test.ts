import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { upgradeDatabase } from '../../../db/migrate.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { openControlDatabase } from '../open-control-database.ts';
import { PostgresQuotaStore } from '../tenant/quota-store.ts';
import { PostgresTenantStore } from '../tenant/tenant-store.ts';
import { PostgresRunStore } from './store/run-store.ts';

/** Triggers runs, eight at a time, and names those that it was told are admitted. */
const ADMITTER = `
import { openControlDatabase } from ${JSON.stringify(import.meta.resolve('../open-control-database.ts'))};
import { PostgresRunStore } from ${JSON.stringify(import.meta.resolve('./store/run-store.ts'))};
import { systemClock as clock } from ${JSON.stringify(import.meta.resolve('base/clock.ts'))};
import { createUuidV7 } from ${JSON.stringify(import.meta.resolve('base/id.ts'))};
const database = await openControlDatabase({ databaseUrl: process.argv[1], dataDir: '' });
const runs = new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }) });
const request = { pipelineId: 'p', triggerBy: 't', parameters: {} };
const trigger = async () => {
  for (;;) console.log((await runs.admitRun({ tenantId: 'acme' }, request)).runId);
};
await Promise.all(Array.from({ length: 8 }, trigger));`;

test('what is counted is what was admitted, after kill -9 amid triggers', async () => {
  const server = await openTestDatabase();
  const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
  after(() => database.close().then(() => server.drop()));
  await upgradeDatabase(database);
  const clock = systemClock;
  const scope = tenantScope('acme');
  const tenants = new PostgresTenantStore(database, { clock });
  await tenants.createTenant({ tenantId: 'acme', plan: 'enterprise' });
  const runs = new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }) });

  const told = (await Promise.all([20, 40].map((lines) => admitAndDie(server.url, lines)))).flat();
  // Waits for what a dead process left under way: it holds the counters until it is rolled back.
  const last = await runs.admitRun(scope, { pipelineId: 'p', triggerBy: 't', parameters: {} });
  const stored: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await runs.listRuns(scope, { limit: 200, cursor });
    stored.push(...page.runs.map(({ runId }) => runId));
    cursor = page.next ?? undefined;
  } while (cursor);
  const { usage } = await new PostgresQuotaStore(database, { clock }).readUsage(scope);

  assert.deepEqual([usage.runsToday, usage.runsThisMonth], [stored.length, stored.length]);
  const kept = new Set(stored);
  assert.deepEqual(
    [...told, last.runId].filter((runId) => !kept.has(runId)),
    [],
  );
});

async function admitAndDie(url: string, lines: number): Promise<string[]> {
  const args = ['--input-type=module-typescript', '-e', ADMITTER, url];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const told: string[] = [];
  for await (const runId of createInterface(child.stdout)) {
    told.push(runId);
    if (told.length === lines) child.kill('SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');
  return told;
}
