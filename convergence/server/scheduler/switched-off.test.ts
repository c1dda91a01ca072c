import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { systemClock } from 'base/clock.ts';
import { openControlDatabase } from '../../adapters/postgres/open-control-database.ts';
import { PostgresTenantStore } from '../../adapters/postgres/tenant/tenant-store.ts';
import { upgradeDatabase } from '../../db/migrate.ts';
import { openTestDatabase } from '../../testing/postgres.ts';
import { readSettings } from '../settings/settings.ts';
import { startPlatform } from '../start-platform.ts';

const PIPELINE = `
pipeline_id: p
schedule: { cron: '0 3 * * *' }
steps: [{ name: s, type: transform, transforms: transforms/t.sql }]
`;

const folder = await mkdtemp(join(tmpdir(), 'convergence-scheduler-'));
const server = await openTestDatabase();
const database = await openControlDatabase({ databaseUrl: server.url, dataDir: '' });
after(async () => {
  await database.close();
  await server.drop();
  await rm(folder, { recursive: true });
});

/** How many schedules a process has read that starts, does the chore at hand, and ends. */
async function readSchedules(SCHEDULER: string): Promise<number> {
  const settings = readSettings({
    SCHEDULER,
    DATABASE_URL: server.url,
    CONFIG_DIR: join(folder, 'configs'),
    DATA_DIR: join(folder, 'data'),
    LOG_LEVEL: 'silent',
  });
  const roles = { api: false, worker: false, scheduler: true };
  const platform = await startPlatform({ settings, roles, listen: { host: '127.0.0.1', port: 0 } });
  await platform.close();
  const { rows } = await database.withOperator((db) =>
    sql`SELECT FROM convergence.schedules`.execute(db),
  );
  return rows.length;
}

test('the scheduler runs unless it is switched off', async () => {
  await upgradeDatabase(database);
  const tenants = new PostgresTenantStore(database, { clock: systemClock });
  await tenants.createTenant({ tenantId: 'acme' });
  for (const [path, text] of [
    ['pipelines/p.yml', PIPELINE],
    ['transforms/t.sql', 'SELECT 1 AS one'],
  ] as const) {
    const file = join(folder, 'configs', 'acme', path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text);
  }
  assert.equal(await readSchedules('false'), 0);
  assert.equal(await readSchedules('true'), 1);
});
