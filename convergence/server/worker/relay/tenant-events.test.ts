import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { EVENT_TYPES } from '../../../engine/event/pipeline-event.ts';
import { openReceiver } from '../../../testing/receiver.ts';
import type { Receiver } from '../../../testing/receiver.ts';
import { openRelayBench } from './relay.fake.ts';

const bench = await openRelayBench();
const [own, all] = [await openReceiver(), await openReceiver()];
after(async () => {
  await bench.close();
  await Promise.all([own.close(), all.close()]);
});
const TENANT_TYPES = EVENT_TYPES.filter((type) => type.startsWith('tenant.'));

/** What came of a tenant itself. */
function story({ received }: Receiver, tenantId: string): string[] {
  const events = received.map(({ body }) => JSON.parse(body) as { type: string; subject: string });
  const ofTenant = events.filter(({ subject }) => subject === tenantId);
  return ofTenant.map(({ type }) => type.replace('convergence.tenant.', ''));
}

test('what becomes of a tenant is told once, in order, to it and to the operator', async () => {
  await bench.addWebhook(null, all.url, TENANT_TYPES);
  const scope = await bench.addTenant('acme');
  await bench.addTenant('acme');
  await bench.addWebhook('acme', own.url, TENANT_TYPES);
  await bench.addTenant('other');
  bench.startRelay();
  for (let nr = 0; nr < 2; nr++) await bench.tenants.suspendTenant('acme', 'finish');
  for (let nr = 0; nr < 2; nr++) await bench.tenants.resumeTenant('acme');
  await bench.tenants.suspendTenant('acme', 'cancel');
  for (let nr = 0; nr < 2; nr++) await bench.leaving.beginLeaving(scope, 'acme');
  await assert.rejects(bench.tenants.resumeTenant('acme'), { code: 'tenant_offboarding' });
  const stays = ['onboarded', 'suspended', 'resumed', 'suspended', 'offboarding'];
  await Promise.all([own.untilReceived(5), all.untilReceived(6)]);
  await bench.tenants.deleteTenant('acme');
  await all.untilReceived(7);

  assert.deepEqual(story(own, 'acme'), stays);
  assert.deepEqual(story(all, 'acme'), [...stays, 'offboarded']);
  assert.deepEqual(story(all, 'other'), ['onboarded']);
});

test('a later tenant of the same name reads nothing of the one that is gone', async () => {
  const scope = await bench.addTenant('acme');
  const events = await bench.api.events.readEvents(scope, { after: 0, limit: 100 });
  assert.deepEqual(
    events.map((event) => 'change' in event && event.change),
    ['onboarded'],
  );
});

test('a change that is rolled back is told to nobody', async () => {
  const failed = bench.tenants.deleteTenant('other', async () => {
    throw new Error('the report could not be written');
  });
  await assert.rejects(failed, /report/);
  await bench.tenants.suspendTenant('other', 'finish');
  while (story(all, 'other').length < 2) await all.untilReceived(all.received.length + 1);
  assert.deepEqual(story(all, 'other'), ['onboarded', 'suspended']);
});

test('the operator sees which deliveries are of tenants, and of one that is gone', async () => {
  const [sink] = await bench.api.sinks.listSinks(null);
  const deliveries = await bench.api.sinks.listDeliveries(null, sink?.sinkId ?? '', {
    limit: 100,
  });
  assert.ok(deliveries.every(({ runId }) => runId === null));
  assert.deepEqual(
    deliveries.flatMap(({ tenantId }) => (tenantId === null ? [tenantId] : [])),
    [null],
  );
});
