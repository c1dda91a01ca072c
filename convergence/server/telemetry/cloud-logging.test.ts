import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openControlDatabase } from '../../adapters/postgres/open-control-database.ts';
import { upgradeDatabase } from '../../db/migrate.ts';
import { startLocalCloud } from '../../testing/local-cloud-process.ts';
import type { LocalCloudProcess } from '../../testing/local-cloud-process.ts';
import { openTestDatabase } from '../../testing/postgres.ts';
import type { TestDatabase } from '../../testing/postgres.ts';

const BIN = join(import.meta.dirname, '../../cli/bin.cjs');
const ADMIN_KEY = 'the-admin-key-of-this-test-0123456789';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'projects/local/locations/here';
const folder = mkdtempSync(join(tmpdir(), 'convergence-cloud-logging-'));

let cloud: LocalCloudProcess;
let database: TestDatabase;

before(async () => {
  [cloud, database] = await Promise.all([startLocalCloud(), openTestDatabase()]);
  const control = await openControlDatabase({ databaseUrl: database.url, dataDir: '' });
  await upgradeDatabase(control);
  await control.close();
  mkdirSync(join(folder, 'configs'));
});
after(async () => {
  await cloud.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${cloud.rest}/v2/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.ok(response.ok, await response.clone().text());
  return (await response.json()) as T;
}

/** The API as a service of Cloud Run; its address. */
async function deployApi(): Promise<string> {
  const env = {
    DATABASE_URL: database.url,
    CONFIG_DIR: join(folder, 'configs'),
    DATA_DIR: join(folder, 'data'),
    ADMIN_API_KEY: ADMIN_KEY,
    GCP_PROJECT_ID: 'local',
    ACCESS_LOG: 'true',
  };
  const container = {
    image: 'convergence',
    command: [process.execPath, BIN, 'api', '--json'],
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
  };
  const service = { template: { containers: [container] } };
  const begun = await ask<{ name: string }>('POST', `${PARENT}/services?serviceId=api`, service);
  await ask('POST', `${begun.name}:wait`, { timeout: '60s' });
  return (await ask<{ uri: string }>('GET', `${PARENT}/services/api`)).uri;
}

type Entry = Readonly<Record<string, unknown>> & { readonly httpRequest: { latency: string } };

test('on Cloud Run a line of the log is an entry with severity, trace and request', async () => {
  const url = await deployApi();
  const answer = await fetch(`${url}/api/v1/tenants/onboard?secret=hunter2`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'test',
      'x-admin-key': ADMIN_KEY,
      traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`,
    },
    body: JSON.stringify({ tenant_id: 'acme_corp' }),
  });
  assert.equal(answer.status, 200, await answer.text());
  const filter = `log_id("run.googleapis.com/stdout") severity>=INFO trace="projects/local/traces/${TRACE_ID}" httpRequest.status=200`;
  const find = () =>
    ask<{ entries?: Entry[] }>('POST', 'entries:list', {
      resourceNames: ['projects/local'],
      filter,
    });
  let [found] = (await find()).entries ?? [];
  while (!found) [found] = (await find()).entries ?? [];

  const { httpRequest, resource, timestamp, spanId, jsonPayload, ...entry } = found;
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.match(String(spanId), /^[0-9a-f]{16}$/);
  const { service_name: service } = (resource as { labels: Record<string, string> }).labels;
  assert.deepEqual(
    [service, entry.severity, entry.trace, entry.traceSampled],
    ['api', 'INFO', `projects/local/traces/${TRACE_ID}`, true],
  );
  const { request_id: _, ...payload } = jsonPayload as Record<string, unknown>;
  assert.deepEqual(payload, {
    message: 'a request was answered',
    route: '/api/v1/tenants/onboard',
  });
  const { latency, responseSize: __, ...request } = httpRequest as Record<string, unknown>;
  assert.match(String(latency), /^\d+\.\d{3,9}s$/);
  assert.deepEqual(request, {
    requestMethod: 'POST',
    requestUrl: '/api/v1/tenants/onboard',
    status: 200,
    userAgent: 'test',
    remoteIp: '127.0.0.1',
    protocol: 'HTTP/1.1',
  });
});
