import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, test } from 'node:test';
import { openReceiver } from '../../../../testing/receiver.ts';
import { openTestApi } from '../../test-api.fake.ts';

const api = await openTestApi();
const receiver = await openReceiver();
after(() => Promise.all([api.close(), receiver.close()]));
const key = await api.onboard('acme');
const other = await api.onboard('other');

async function register(events?: readonly string[]) {
  const body = { url: `${receiver.url}/hook`, events };
  const made = await api.call('POST /api/v1/webhooks', { key, body });
  assert.equal(made.status, 201);
  return { ...made.body, id: String(made.body.webhook_id), secret: String(made.body.secret) };
}

test('a webhook shows its secret once, and only its tenant sees it', async () => {
  const { id, secret } = await register(['run.failed']);
  assert.match(secret, /^whsec_[\w+/]{43}=$/);
  const one = await api.call(`GET /api/v1/webhooks/${id}`, { key });
  assert.deepEqual(one.body, {
    webhook_id: id,
    kind: 'webhook',
    pipeline_id: null,
    address: `${receiver.url}/hook`,
    events: ['run.failed'],
    created_at: one.body.created_at,
    waiting: 0,
    dead: 0,
    failures: 0,
    next_attempt_at: null,
    last_error: null,
    last_delivered_at: null,
  });
  for (const route of ['GET', 'DELETE']) {
    const foreign = await api.call(`${route} /api/v1/webhooks/${id}`, { key: other });
    assert.deepEqual([foreign.status, foreign.body.code], [404, 'sink_absent']);
    const operator = await api.admin(`${route} /api/v1/admin/webhooks/${id}`);
    assert.equal(operator.status, 404);
  }
  const list = await api.call('GET /api/v1/webhooks', { key: other });
  assert.deepEqual(list.body, { webhooks: [] });
  assert.equal((await api.call(`DELETE /api/v1/webhooks/${id}`, { key })).status, 204);
  assert.equal((await api.call(`GET /api/v1/webhooks/${id}`, { key })).status, 404);
});

test('a test is signed with the secret, and says what came of it', async () => {
  const { id, secret } = await register();
  const good = await api.call(`POST /api/v1/webhooks/${id}/test`, { key });
  assert.deepEqual(good.body, { ...good.body, delivered: true, error: null });
  const got = receiver.received.at(-1);
  const signed = `${String(got?.headers['webhook-id'])}.${String(got?.headers['webhook-timestamp'])}.${got?.body}`;
  const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const expected = `v1,${createHmac('sha256', bytes).update(signed).digest('base64')}`;
  assert.equal(got?.headers['webhook-signature'], expected);

  receiver.answer = (_, response) => void response.writeHead(500).end();
  const bad = await api.call(`POST /api/v1/webhooks/${id}/test`, { key });
  const error = `${receiver.url} answers 500`;
  assert.deepEqual(bad.body, { ...bad.body, delivered: false, error });
});

test('nothing waits for a new webhook, and nothing is sent again', async () => {
  const { id } = await register();
  const path = `/api/v1/webhooks/${id}`;
  const list = await api.call(`GET ${path}/deliveries`, { key });
  assert.deepEqual(list.body, { deliveries: [], before: null });
  const again = await api.call(`POST ${path}/redeliver`, { key, body: { events: [1, 2] } });
  assert.deepEqual(again.body, { redelivered: 0 });
});

test('what is no URL, or holds a password, or names no event is refused', async () => {
  for (const body of [
    { url: 'ftp://example.com' },
    { url: 'https://user:pass@example.com' },
    { url: 'https://example.com', events: ['run.exploded'] },
    { url: 'https://example.com', events: [] },
  ]) {
    const refused = await api.call('POST /api/v1/webhooks', { key, body });
    assert.equal(refused.body.code, 'request_invalid');
  }
});

test('the operator has webhooks of its own, and no more than twenty', async () => {
  const route = 'POST /api/v1/admin/webhooks';
  for (let nr = 0; nr < 20; nr++) await api.admin(route, { url: receiver.url });
  const refused = await api.admin(route, { url: receiver.url });
  assert.deepEqual([refused.status, refused.body.code], [409, 'sinks_too_many']);
});
