import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { QueueListAnswer } from '../../contract/run/queue.ts';
import { openTestApi } from '../../test-api.fake.ts';
import type { TestApi } from '../../test-api.fake.ts';

const PIPELINE = `pipeline_id: checks
steps: [{ name: one, type: dq, checks: checks/orders.yml }]`;
const RULES = 'table: orders\nrules: [{ rule: not_be_null, column: id }]';
const NOTHING = { depth: 0, oldest_seconds: 0, running: 0 };
const OPEN = { state: 'active', paused_at: null, paused_by: null };

let api: TestApi;
let key: string;
before(async () => {
  api = await openTestApi();
  key = await api.onboard('acme_corp');
  await api.writeConfig('acme_corp/pipelines/checks.yml', PIPELINE);
  await api.writeConfig('acme_corp/checks/orders.yml', RULES);
  const made = await api.call('POST /api/v1/pipelines/run/checks', { key, body: {} });
  assert.equal(made.status, 202, made.text);
});
after(() => api.close());

async function readQueue(name: string) {
  const list = (await api.admin('GET /api/v1/admin/queues')).body as unknown as QueueListAnswer;
  return list.queues.find(({ queue }) => queue === name);
}

test('a queue is paused, drained and resumed', async () => {
  const before = await readQueue('dq');
  assert.equal(before?.depth, 1);
  assert.ok(before.oldest_seconds < 600);
  assert.deepEqual(await readQueue('ingest'), { queue: 'ingest', ...OPEN, ...NOTHING });

  const claims = await api.queue.claimRuns('w', { limit: 1, leaseMs: 60_000 });
  const draining = (await api.admin('POST /api/v1/admin/queues/dq/drain')).body;
  assert.deepEqual([draining.state, draining.running], ['draining', 1]);
  for (const claim of claims) await api.queue.finishRun(claim, 'COMPLETE', null);
  const drained = (await api.admin('POST /api/v1/admin/queues/dq/drain')).body;
  assert.deepEqual([drained.state, drained.running], ['paused', 0]);
  assert.equal(drained.paused_at, draining.paused_at);

  const resumed = (await api.admin('POST /api/v1/admin/queues/dq/resume')).body;
  assert.deepEqual(resumed, { ...OPEN, ...NOTHING });
});

test('a tenant is paused and resumed, and listed while it is', async () => {
  const url = '/api/v1/admin/tenants/acme_corp/queue';
  const paused = (await api.admin(`POST ${url}/pause`)).body;
  assert.equal(paused.state, 'paused');
  const list = (await api.admin('GET /api/v1/admin/queues')).body;
  assert.deepEqual(list.paused_tenants, [{ tenant_id: 'acme_corp', ...paused }]);
  assert.deepEqual((await api.admin(`POST ${url}/resume`)).body, { ...OPEN, ...NOTHING });
  const nobody = await api.admin('POST /api/v1/admin/tenants/nobody_at_all/queue/pause');
  assert.deepEqual([nobody.status, nobody.body.code], [404, 'tenant_absent']);
});

test('a queue that does not exist is refused, and a tenant may change none', async () => {
  const unknown = await api.admin('POST /api/v1/admin/queues/email/pause');
  assert.equal(unknown.status, 422);
  const own = await api.call('POST /api/v1/admin/queues/dq/pause', { key });
  assert.equal(own.status, 401);
});

test('workers are listed as they describe themselves', async () => {
  const sheet = { worker: 'w1', queues: ['dq'], places: { min: 1, max: 4 } } as const;
  await api.queue.reapOrphans(3, sheet);
  const { workers } = (await api.admin('GET /api/v1/admin/workers')).body as {
    workers: Record<string, unknown>[];
  };
  const [{ started_at: startedAt, seen_at: seenAt, ...rest } = {}] = workers;
  assert.deepEqual(rest, {
    worker: 'w1',
    queues: ['dq'],
    places_min: 1,
    places_max: 4,
    running: 0,
    is_lost: false,
  });
  assert.ok(typeof startedAt === 'string' && typeof seenAt === 'string');
});
