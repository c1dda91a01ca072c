import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { FakeClock } from 'base/clock.fake.ts';
import { createUuidV7 } from 'base/id.ts';
import { upgradeDatabase } from '../../../../db/migrate.ts';
import { runQueueConformance } from '../../../../engine/run/run-queue.conformance.ts';
import { runStoreConformance } from '../../../../engine/run/run-store.conformance.ts';
import type { RunHarness } from '../../../../engine/run/run-store.conformance.ts';
import { openTestDatabase } from '../../../../testing/postgres.ts';
import type { ControlDatabase } from '../../control-database.ts';
import { openControlDatabase } from '../../open-control-database.ts';
import { PostgresQuotaStore } from '../../tenant/quota-store.ts';
import { PostgresTenantStore } from '../../tenant/tenant-store.ts';
import { PostgresQueueControl } from './queue-control.ts';
import { PostgresRunQueue } from './run-queue.ts';
import { PostgresRunStore } from '../store/run-store.ts';

async function openServed(): Promise<RunHarness> {
  const server = await openTestDatabase();
  const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
  after(() => database.close().then(() => server.drop()));
  return await harnessOf(database);
}

async function openEmbedded(): Promise<RunHarness> {
  const dataDir = mkdtempSync(join(tmpdir(), 'convergence-control-'));
  const database = await openControlDatabase({ dataDir });
  after(() => database.close().then(() => rmSync(dataDir, { recursive: true })));
  return await harnessOf(database);
}

async function harnessOf(database: ControlDatabase): Promise<RunHarness> {
  await upgradeDatabase(database);
  const clock = new FakeClock();
  return {
    clock,
    tenants: new PostgresTenantStore(database, { clock }),
    quotas: new PostgresQuotaStore(database, { clock }),
    runs: new PostgresRunStore(database, { clock, nextId: createUuidV7({ clock }) }),
    control: new PostgresQueueControl(database),
    openQueue: () => new PostgresRunQueue(database),
  };
}

const served = openServed();
const embedded = openEmbedded();
for (const [name, harness] of [
  ['PostgreSQL', served],
  ['PGlite', embedded],
] as const) {
  runStoreConformance(name, () => harness);
  runQueueConformance(name, () => harness);
}
