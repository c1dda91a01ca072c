import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { startLocalCloud } from '../../../testing/local-cloud-process.ts';
import type { LocalCloudProcess } from '../../../testing/local-cloud-process.ts';
import { openTestDatabase } from '../../../testing/postgres.ts';
import type { TestDatabase } from '../../../testing/postgres.ts';
import { readSettings } from '../../settings/settings.ts';
import type { Platform } from '../../start-platform.ts';
import { startPlatform } from '../../start-platform.ts';
import { upgradeDatabase } from '../../../db/migrate.ts';
import { openControlDatabase } from '../../../adapters/postgres/open-control-database.ts';

const ADMIN_KEY = 'the-admin-key-of-this-test-0123456789';
const QUEUE = 'projects/local/locations/here/queues/wake';
const AT = { host: '127.0.0.1', port: 0 };
const folder = mkdtempSync(join(tmpdir(), 'convergence-doorbell-'));

let cloud: LocalCloudProcess;
let database: TestDatabase;
let api: Platform;
let env: Record<string, string>;

/** As Cloud Run without minimum instances: a worker lives from a request to its answer. */
const visits: string[] = [];
let refusals = 0;
const sleeper = createServer((request, response) => {
  void visit(String(request.headers.authorization)).then((status) =>
    response.writeHead(status).end(),
  );
});

async function visit(authorization: string): Promise<number> {
  visits.push(authorization);
  if (refusals-- > 0) return 500;
  const settings = readSettings({ ...env, PORT: '0' });
  const worker = await startPlatform({ settings, roles: { api: false, worker: true }, listen: AT });
  const { status } = await fetch(`${worker.metricsUrl}/wake`, { method: 'POST' });
  await worker.close();
  return status;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

before(async () => {
  [cloud, database] = await Promise.all([startLocalCloud(), openTestDatabase()]);
  sleeper.listen(0, '127.0.0.1');
  await once(sleeper, 'listening');
  const control = await openControlDatabase({ databaseUrl: database.url, dataDir: '' });
  await upgradeDatabase(control);
  await control.close();
  write('configs/acme_corp/pipelines/days.yml', PIPELINE);
  write('configs/acme_corp/transforms/days.sql', "SELECT DATE '2026-01-01' AS day\n");
  const queue = { name: QUEUE, retryConfig: { minBackoff: '1s' } };
  await fetch(`${cloud.rest}/v2/${dirname(dirname(QUEUE))}/queues`, {
    method: 'POST',
    body: JSON.stringify(queue),
  });
  env = {
    LOG_LEVEL: 'silent',
    ADMIN_API_KEY: ADMIN_KEY,
    DATABASE_URL: database.url,
    CONFIG_DIR: join(folder, 'configs'),
    DATA_DIR: join(folder, 'data'),
    GCP_PROJECT_ID: 'local',
    GCP_GRPC_ENDPOINT: cloud.grpc,
    GCP_REST_ENDPOINT: cloud.rest,
    WAKE_URL: `http://127.0.0.1:${(sleeper.address() as AddressInfo).port}/wake`,
    WAKE_QUEUE: QUEUE,
    WAKE_SERVICE_ACCOUNT: 'waker@local.iam.gserviceaccount.com',
  };
  const roles = { api: true, worker: false };
  api = await startPlatform({ settings: readSettings(env), roles, listen: AT });
  await call('POST', '/api/v1/admin/tenants', { tenant_id: 'acme_corp' });
});
after(async () => {
  await api.close();
  sleeper.close();
  sleeper.closeAllConnections();
  await cloud.close();
  await database.drop();
  rmSync(folder, { recursive: true });
});

const PIPELINE = `pipeline_id: days
steps: [{ name: build, type: transform, transforms: transforms/days.sql }]
`;

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const headers = { 'x-admin-key': ADMIN_KEY, 'x-tenant-id': 'acme_corp' };
  const response = await fetch(api.url + path, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.ok(response.ok, await response.clone().text());
  return (await response.json()) as T;
}

async function runToItsEnd(): Promise<void> {
  const { pipeline_logging_id: id } = await call<{ pipeline_logging_id: string }>(
    'POST',
    '/api/v1/pipelines/run/days',
    { trigger_by: 'test' },
  );
  for (;;) {
    const { status } = await call<{ status: string }>('GET', `/api/v1/pipelines/runs/${id}`);
    if (status === 'PENDING' || status === 'RUNNING') continue;
    return assert.equal(status, 'COMPLETE');
  }
}

test('a run wakes a worker that is not there', async () => {
  await runToItsEnd();
  assert.match(visits.at(-1) ?? '', /^Bearer local-cloud\.oidc\./);
  const seen = visits.length;
  await runToItsEnd();
  assert.ok(visits.length > seen, 'nobody was woken for the second run');
});

test('a ring that the worker does not hear is repeated', async () => {
  refusals = 2;
  await runToItsEnd();
});

test('a ring that Cloud Tasks does not take is passed on later', async () => {
  await cloud.addFault({ kind: 'status', code: 'UNAVAILABLE', method: 'CreateTask', times: 1 });
  await runToItsEnd();
});
