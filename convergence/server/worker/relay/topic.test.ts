import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { startPubsubEmulator } from '../../../testing/pubsub-emulator.ts';
import { readSettings } from '../../settings/settings.ts';
import { openRelayBench } from './relay.fake.ts';
import { topicOf } from './topic.ts';

const topic = 'projects/local/topics/pipeline-events-test';
const subscription = 'projects/local/subscriptions/all';

test('a topic is named whole, or within the project', () => {
  const named = (PUBSUB_TOPIC: string) =>
    topicOf(readSettings({ PUBSUB_TOPIC, GCP_PROJECT_ID: 'acme' }));
  assert.equal(named('pipeline-events-dev'), 'projects/acme/topics/pipeline-events-dev');
  assert.equal(named('projects/other/topics/all'), 'projects/other/topics/all');
  assert.equal(topicOf(readSettings({})), null);
  assert.throws(() => readSettings({ PUBSUB_TOPIC: 'pipeline-events-dev' }), /GCP_PROJECT_ID/);
  const local = { PUBSUB_TOPIC: 'events', GCP_PROJECT_ID: 'acme', GCP_GRPC_ENDPOINT: 'h:1' };
  assert.throws(() => readSettings(local), /PUBSUB_EMULATOR_HOST/);
});

const emulator = await startPubsubEmulator();
const skip = emulator ? false : "gcloud's pubsub-emulator is not installed";
const [apiEndpoint, port] = (emulator?.host ?? 'none:1').split(':');
const options = { apiEndpoint, port: Number(port), sslCreds: credentials.createInsecure() };
const subscriber = new v1.SubscriberClient(options);
after(async () => {
  await subscriber.close();
  await emulator?.close();
});

test(
  'the events of all tenants come to the topic, those of a run in order',
  { skip },
  async (t) => {
    const bench = await openRelayBench({
      GCP_PROJECT_ID: 'local',
      PUBSUB_TOPIC: 'pipeline-events-test',
      PUBSUB_EMULATOR_HOST: emulator?.host ?? '',
    });
    t.after(() => bench.close());
    for (const tenantId of ['acme', 'other']) await bench.addTenant(tenantId);
    await bench.keepTopic();
    await bench.keepTopic();
    await subscriber.createSubscription({ name: subscription, topic, enableMessageOrdering: true });
    const runIds = [await bench.run('acme', 'COMPLETE'), await bench.run('other', 'COMPLETE')];
    bench.startRelay();

    const told = await pull(6);
    const steps = ['run.pending', 'run.running', 'run.complete'];
    for (const [nr, tenant] of ['acme', 'other'].entries()) {
      const own = told.filter(({ run }) => run === runIds[nr]);
      assert.deepEqual(
        own.map(({ type, tenant: of }) => [type, of]),
        steps.map((step) => [`convergence.${step}`, tenant]),
      );
    }
    const [sink] = await bench.api.sinks.listSinks(null);
    assert.deepEqual([sink?.sinkId, sink?.kind, sink?.address], ['pubsub', 'pubsub', topic]);
  },
);

/** Of runs; of tenants there are others. */
async function pull(count: number): Promise<{ [key: string]: string }[]> {
  const told: { [key: string]: string }[] = [];
  while (told.length < count) {
    const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 10 });
    const messages = receivedMessages ?? [];
    await subscriber.acknowledge({ subscription, ackIds: messages.map((one) => one.ackId ?? '') });
    const attributes = messages.map(({ message }) => message?.attributes ?? {});
    told.push(...attributes.filter(({ run }) => run !== undefined));
  }
  return told;
}
