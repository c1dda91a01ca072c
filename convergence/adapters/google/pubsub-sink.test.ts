import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { eventSinkConformance } from '../../engine/event/event-sink.conformance.ts';
import type { SinkHarness } from '../../engine/event/event-sink.conformance.ts';
import { toEventDocument } from '../../engine/event/event-document.ts';
import { startPubsubEmulator } from '../../testing/pubsub-emulator.ts';
import { createPubsubSink } from './pubsub-sink.ts';

const emulator = await startPubsubEmulator();
const skip = emulator ? false : "gcloud's pubsub-emulator is not installed";

type Message = Pick<
  v1.protos.google.pubsub.v1.IPubsubMessage,
  'data' | 'orderingKey' | 'attributes'
>;

const [apiEndpoint, port] = (emulator?.host ?? 'none:1').split(':');
const options = { apiEndpoint, port: Number(port), sslCreds: credentials.createInsecure() };
const sink = createPubsubSink(async () => options);
const publisher = new v1.PublisherClient(options);
const subscriber = new v1.SubscriberClient(options);
let last = 0;

after(async () => {
  await Promise.all([sink.close(), publisher.close(), subscriber.close()]);
  await emulator?.close();
});

/** A topic with a subscription that keeps the order. */
async function open(): Promise<{ topic: string; subscription: string }> {
  const topic = `projects/local/topics/events-${++last}`;
  await sink.keepTopic(topic);
  return { topic, subscription: await subscribe(topic) };
}

async function subscribe(topic: string): Promise<string> {
  const name = `projects/local/subscriptions/s-${++last}`;
  await subscriber.createSubscription({ name, topic, enableMessageOrdering: true });
  return name;
}

async function pull(subscription: string, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < count) {
    const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 100 });
    const ackIds = receivedMessages?.map(({ ackId }) => ackId ?? '') ?? [];
    await subscriber.acknowledge({ subscription, ackIds });
    messages.push(...(receivedMessages ?? []).map(({ message }) => message ?? {}));
  }
  return messages;
}

test('a topic is created once, also by two at once', { skip }, async () => {
  const topic = 'projects/local/topics/both';
  await Promise.all([sink.keepTopic(topic), sink.keepTopic(topic)]);
  await sink.keepTopic(topic);
  assert.equal((await publisher.getTopic({ topic }))[0].name, topic);
});

test('events of a run come in order, with what a filter may ask for', { skip }, async () => {
  const { topic, subscription } = await open();
  const sent = ['r1', 'r2'].flatMap((runId) => [1, 2, 3].map((id) => eventOf(runId, id)));
  for (const document of sent) await send(topic, document);
  const messages = await pull(subscription, sent.length);
  assert.deepEqual(
    messages.filter(({ orderingKey }) => orderingKey === 'r1').map(textOf),
    sent.slice(0, 3).map((document) => JSON.stringify(document)),
  );
  assert.deepEqual(messages[0]?.attributes, {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    id: 'r1_1',
    type: 'convergence.run.running',
    tenant: 'acme',
    pipeline: 'orders',
    run: 'r1',
  });
});

test('after a failure the run goes on where it was', { skip }, async () => {
  const topic = 'projects/local/topics/later';
  await assert.rejects(send(topic, eventOf('r1', 1)), {
    code: 'delivery_failed',
    message: /Pub\/Sub refuses projects\/local\/topics\/later: /,
    hint: /bootstrap creates the topic/,
  });
  await sink.keepTopic(topic);
  const subscription = await subscribe(topic);
  for (const id of [1, 2]) await send(topic, eventOf('r1', id));
  const ids = (await pull(subscription, 2)).map(({ attributes }) => attributes?.id);
  assert.deepEqual(ids, ['r1_1', 'r1_2']);
});

const send = (address: string, document: ReturnType<typeof eventOf>) =>
  sink.send(
    {
      id: document.id,
      orderingKey: document.partitionkey,
      address,
      secret: null,
      document,
      notice: { subject: '', lines: [] },
    },
    AbortSignal.timeout(5_000),
  );

if (emulator) eventSinkConformance('pubsub', openHarness);

async function openHarness(): Promise<SinkHarness> {
  const { topic, subscription: first } = await open();
  let subscription = first;
  const got: string[] = [];
  return {
    sink: {
      send: async (outgoing, signal) => {
        await sink.send(outgoing, signal);
        got.push(...(await pull(subscription, 1)).map(textOf));
      },
    },
    address: topic,
    confirmed: () => got,
    refuse: async (isRefusing) => {
      if (isRefusing) {
        await publisher.deleteTopic({ topic });
      } else {
        await sink.keepTopic(topic);
        // The one of a deleted topic gets nothing of its successor.
        subscription = await subscribe(topic);
      }
    },
  };
}

function eventOf(runId: string, id: number) {
  const about = { tenantId: 'acme', pipelineId: 'orders', triggerBy: 'test', runId, id };
  const nothing = { step: null, attempt: null, code: null };
  const event = { ...about, ...nothing, at: new Date(0), status: 'RUNNING' as const };
  return toEventDocument({ ...event, message: `message ${id}` }, undefined);
}

function textOf({ data }: Message): string {
  return Buffer.from(data ?? '').toString();
}
