import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { buildApp } from '../api/app.ts';
import { openTestApi } from '../api/test-api.fake.ts';
import type { TestApi } from '../api/test-api.fake.ts';

let api: TestApi;

before(async () => {
  api = await openTestApi();
});
after(() => api.close());

test('health says which service of which version answers', async () => {
  const { status, body } = await api.call('GET /health');
  const { timestamp, ...rest } = body;
  assert.equal(status, 200);
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(rest, {
    status: 'healthy',
    service: 'convergence-data-pipeline',
    version: '0.1.0',
    environment: 'development',
  });
  assert.deepEqual((await api.call('GET /health/live')).body, { status: 'alive' });
});

test('readiness names what does not answer, and says nothing else about it', async () => {
  const probes = [
    { name: 'database', check: () => Promise.reject(new Error('password of app@10.0.0.3')) },
    { name: 'warehouse', check: () => Promise.resolve() },
  ];
  const app = await buildApp({ ...api.deps, probes });
  const ready = await app.inject('/health/ready');
  assert.deepEqual(
    [ready.statusCode, ready.json()],
    [503, { status: 'not_ready', failing: ['database'] }],
  );
  const detailed = await app.inject('/health/detailed');
  assert.doesNotMatch(detailed.body, /password|10\.0/);
  const { status, dependencies, features } = detailed.json<Record<string, unknown>>();
  assert.deepEqual(features, {
    api_docs: true,
    access_log: false,
    tracing: false,
    private_sources: true,
    private_webhooks: true,
    scheduler: true,
    mail: false,
    event_topic: false,
    secret_manager: false,
  });
  const states = (dependencies as { name: string; ok: boolean }[]).map(({ name, ok }) => [
    name,
    ok,
  ]);
  assert.deepEqual(
    [status, states],
    [
      'degraded',
      [
        ['database', false],
        ['warehouse', true],
      ],
    ],
  );
  await app.close();
});

test('metrics count answers by route and status, and show the queue', async () => {
  await api.call('GET /health/live');
  await api.call('GET /nowhere');
  const { text, headers } = await api.call('GET /metrics');
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
  const line = (name: string) => text.split('\n').find((each) => each.startsWith(name));
  const count = 'convergence_http_requests_total';
  assert.ok(line(`${count}{method="GET",route="/health/live",status="2xx"} `));
  assert.ok(line(`${count}{method="GET",route="none",status="4xx"} `));
  assert.equal(line('convergence_runs{status="PENDING"}'), 'convergence_runs{status="PENDING"} 0');
  assert.ok(line('process_resident_memory_bytes '));
});
