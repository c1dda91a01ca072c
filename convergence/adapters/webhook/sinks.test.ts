import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Agent } from 'undici';
import { createHmac } from 'node:crypto';
import { systemClock } from 'base/clock.ts';
import { eventSinkConformance } from '../../engine/event/event-sink.conformance.ts';
import type { EventSink } from '../../engine/event/event-sink.ts';
import { openReceiver } from '../../testing/receiver.ts';
import { createAgent } from '../http/guarded-connect.ts';
import { createWebhookSecret, signWebhook } from './signature.ts';
import { createSlackSink } from './slack-sink.ts';
import { createWebhookSink } from './webhook-sink.ts';

const agent = new Agent();
after(() => agent.destroy());
const webhook = createWebhookSink({ agent, clock: systemClock });
const slack = createSlackSink({ agent });

for (const [name, sink] of Object.entries({ webhook, slack })) {
  eventSinkConformance(name, async () => {
    const receiver = await openReceiver();
    after(() => receiver.close());
    const refused = new Set<unknown>();
    return {
      sink,
      address: `${receiver.url}/path`,
      confirmed: () => receiver.received.filter((one) => !refused.has(one)).map(({ body }) => body),
      refuse(isRefusing) {
        receiver.answer = (request, response) => {
          if (isRefusing) refused.add(request);
          response.writeHead(isRefusing ? 500 : 204).end();
        };
      },
    };
  });
}

const message = {
  id: 'an-id',
  orderingKey: 'a-run',
  secret: null,
  document: {
    specversion: '1.0',
    id: 'an-id',
    source: '/tenants/acme',
    type: 'convergence.test',
    time: '2026-03-01T12:00:00.000Z',
    datacontenttype: 'application/json',
    data: { version: 1, message: 'hello' },
  },
  notice: { subject: '[acme] a < b', lines: ['R&D', 'second'] },
} as const;

function send(sink: EventSink, address: string, secret: string | null = null) {
  return sink.send({ ...message, address, secret }, AbortSignal.timeout(5_000));
}

test('the signature is the one of the specification', () => {
  // Example of the reference implementations of Standard Webhooks.
  const signed = signWebhook(
    {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      body: '{"test": 2432232314}',
      at: new Date(1_614_265_330_000),
    },
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  );
  assert.equal(signed['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('a webhook gets the event as a structured CloudEvent that its secret verifies', async () => {
  const receiver = await openReceiver();
  after(() => receiver.close());
  const secret = createWebhookSecret();
  await send(webhook, `${receiver.url}/hook?x=1`, secret);
  const [got] = receiver.received;
  assert.equal(got?.path, '/hook?x=1');
  assert.deepEqual(JSON.parse(got.body), message.document);
  const { headers } = got;
  assert.equal(headers['content-type'], 'application/cloudevents+json; charset=utf-8');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${got.body}`;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const expected = createHmac('sha256', key).update(signed).digest('base64');
  assert.equal(headers['webhook-signature'], `v1,${expected}`);
});

test('Slack gets text in which its three characters are escaped', async () => {
  const receiver = await openReceiver();
  after(() => receiver.close());
  await send(slack, `${receiver.url}/services/T0/B0/secret`);
  const text = '*[acme] a &lt; b*\nR&amp;D\nsecond';
  assert.deepEqual(JSON.parse(receiver.received[0]?.body ?? ''), { text });
});

test('errors name status and host, never the path, and say when to come again', async () => {
  const receiver = await openReceiver();
  after(() => receiver.close());
  receiver.answer = (_, response) => void response.writeHead(429, { 'retry-after': '120' }).end();
  await assert.rejects(send(slack, `${receiver.url}/services/T0/B0/secret`), {
    code: 'delivery_failed',
    message: `${receiver.url} answers 429`,
    details: { retryAfterMs: 120_000 },
  });
});

test('a redirect is not followed', async () => {
  const [receiver, elsewhere] = [await openReceiver(), await openReceiver()];
  after(() => Promise.all([receiver.close(), elsewhere.close()]));
  receiver.answer = (_, response) =>
    void response.writeHead(307, { location: elsewhere.url }).end();
  await assert.rejects(send(webhook, receiver.url), { message: `${receiver.url} answers 307` });
  assert.deepEqual(elsewhere.received, []);
});

test('a private address is refused unless it is allowed', async () => {
  const receiver = await openReceiver();
  after(() => receiver.close());
  const guarded = createAgent({ allowPrivateAddresses: false });
  after(() => guarded.destroy());
  const sink = createWebhookSink({ agent: guarded, clock: systemClock });
  await assert.rejects(send(sink, receiver.url), { code: 'source_address_forbidden' });
  await assert.rejects(send(sink, receiver.url.replace('127.0.0.1', 'localhost')), {
    code: 'source_address_forbidden',
  });
  assert.deepEqual(receiver.received, []);
});

test('a receiver that never answers is left', async () => {
  const receiver = await openReceiver();
  after(() => receiver.close());
  receiver.answer = () => {};
  const sending = webhook.send({ ...message, address: receiver.url }, AbortSignal.timeout(100));
  await assert.rejects(sending, {
    code: 'delivery_failed',
    message: `${receiver.url} cannot be reached: no answer in time`,
  });
});
