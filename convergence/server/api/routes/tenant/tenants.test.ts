import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { openTestApi } from '../../test-api.fake.ts';
import type { TestApi } from '../../test-api.fake.ts';

const root = '/api/v1/admin/tenants';
const MINUTE = { limit: 10, leaseMs: 60_000 };

let api: TestApi;
before(async () => {
  api = await openTestApi();
});
after(() => api.close());

/** One run of the tenant that a worker holds, and one that waits. */
async function startRuns(tenantId: string) {
  await api.onboard(tenantId);
  await api.admin(`PATCH ${root}/${tenantId}`, { plan: 'enterprise' });
  const scope = tenantScope(tenantId);
  const admit = () =>
    api.deps.runs.admitRun(scope, {
      pipelineId: 'orders',
      triggerBy: 'test',
      parameters: {},
      concurrency: { limit: 1, onConflict: 'queue' },
    });
  const running = await admit();
  const claims = await api.queue.claimRuns('worker', MINUTE);
  const waiting = await admit();
  const states = async () => {
    const runs = await Promise.all(
      [running, waiting].map(({ runId }) => api.deps.runs.getRun(scope, runId)),
    );
    return runs.map(({ status }) => status);
  };
  return { claims, states };
}

test('a suspension lets what runs end, and what waits wait until it is resumed', async () => {
  const { claims, states } = await startRuns('acme_corp');
  const suspended = await api.admin(`POST ${root}/acme_corp/suspend`);
  assert.equal(suspended.body.status, 'suspended');
  const beat = await api.queue.heartbeat('worker', claims, 60_000);
  assert.deepEqual(beat, { lost: [], cancelled: [] });
  for (const claim of claims) await api.queue.finishRun(claim, 'COMPLETE', null);
  assert.deepEqual(await api.queue.claimRuns('worker', MINUTE), []);
  assert.deepEqual(await states(), ['COMPLETE', 'PENDING']);

  await api.admin(`POST ${root}/acme_corp/resume`);
  const taken = await api.queue.claimRuns('worker', MINUTE);
  assert.deepEqual([taken.length, await states()], [1, ['COMPLETE', 'RUNNING']]);
});

test('a suspension that cancels ends what waits and stops what runs', async () => {
  const { claims, states } = await startRuns('blue_corp');
  const own = claims.filter(({ tenantId }) => tenantId === 'blue_corp');
  const suspend = () => api.admin(`POST ${root}/blue_corp/suspend`, { running: 'cancel' });
  assert.equal((await suspend()).body.status, 'suspended');
  assert.equal((await suspend()).status, 200);
  const { cancelled } = await api.queue.heartbeat('worker', own, 60_000);
  assert.deepEqual(
    cancelled,
    own.map(({ run }) => run.runId),
  );
  assert.deepEqual(await states(), ['RUNNING', 'CANCELLED']);
  const wrong = await api.admin(`POST ${root}/blue_corp/suspend`, { running: 'kill' });
  assert.equal(wrong.status, 422);
});

test('tenants are listed page by page, by status and plan', async () => {
  for (let nr = 10; nr < 35; nr++) {
    const plan = nr % 2 === 0 ? 'scale' : 'professional';
    await api.deps.tenants.createTenant({ tenantId: `shop_${nr}`, plan });
  }
  await api.admin(`POST ${root}/shop_12/suspend`);
  const ids: string[] = [];
  let cursor: string | null = '';
  do {
    const after = cursor ? `&cursor=${cursor}` : '';
    const { body } = await api.admin(`GET ${root}?plan=scale&status=active&limit=5${after}`);
    ids.push(...(body.tenants as { tenant_id: string }[]).map((tenant) => tenant.tenant_id));
    cursor = body.next_cursor as string | null;
  } while (cursor);
  const even = Array.from({ length: 13 }, (_, index) => `shop_${10 + 2 * index}`);
  assert.deepEqual(
    ids,
    even.filter((id) => id !== 'shop_12'),
  );
  const gone = await api.admin(`GET ${root}?status=gone`);
  assert.equal(gone.status, 422);
});
