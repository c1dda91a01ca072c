import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createApiClient } from '../convergence/cli/client/api-client.ts';
import { CliProcess } from '../convergence/cli/cli-process.fake.ts';
import { openTestDatabase } from '../convergence/testing/postgres.ts';
import type { TestDatabase } from '../convergence/testing/postgres.ts';

const ADMIN_KEY = 'the admin key of this journey, long enough';
const TENANT = 'my_shop';

let folder: string;
let database: TestDatabase;
const processes: CliProcess[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apart-'));
  database = await openTestDatabase();
});
after(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map(({ ended }) => ended));
  await database.drop();
  await rm(folder, { recursive: true });
});

function start(...args: string[]): CliProcess {
  const env = {
    DATABASE_URL: database.url,
    ENVIRONMENT: 'staging',
    ADMIN_API_KEY: ADMIN_KEY,
    API_KEY_PEPPER: 'the pepper of this journey, long enough',
    API_PORT: '0',
  };
  const started = new CliProcess([...args, '--json'], { folder, env });
  processes.push(started);
  return started;
}

test('the API and two workers are processes that meet in PostgreSQL', async () => {
  const early = await start('api').ended;
  assert.equal(early.code, 5);
  assert.match(
    early.stderr,
    /lacks \d+ migrations[^]*hint: Run `convergence migrate upgrade` first/,
  );
  assert.equal((await start('migrate', 'upgrade').ended).code, 0);

  const api = start('api');
  await api.sees(/"url":"[^"]+"/);
  const url = /"url":"([^"]+)"/.exec(api.seen())?.[1] ?? '';
  const client = createApiClient({ url, adminKey: ADMIN_KEY, tenantId: TENANT });
  await client.onboardTenant({ tenant_id: TENANT, plan: 'enterprise' });
  const workers = [start('worker'), start('worker')];
  await Promise.all(workers.map((worker) => worker.sees(/"pid"/)));

  const runs = await Promise.all(
    Array.from({ length: 6 }, () => client.triggerRun('orders', { trigger_by: 'test' })),
  );
  for (const { pipeline_logging_id } of runs) {
    for await (const event of client.streamLog(
      pipeline_logging_id,
      0,
      AbortSignal.timeout(60_000),
    )) {
      if (event.name === 'end') break;
    }
    const run = await client.getRun(pipeline_logging_id);
    assert.equal(run.status, 'COMPLETE', JSON.stringify(run));
  }
  const { rows } = await client.query({ sql: 'SELECT count(*) FROM orders' });
  assert.deepEqual(rows, [[3]]);

  for (const stopped of [...workers, api]) {
    stopped.child.kill('SIGTERM');
    assert.equal((await stopped.ended).code, 0);
  }
});
