import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { openReceiver } from '../../../testing/receiver.ts';
import type { Received, Receiver } from '../../../testing/receiver.ts';
import { openRelayBench } from './relay.fake.ts';
import type { RelayBench } from './relay.fake.ts';

const STORY = ['run.pending', 'run.running', 'run.complete'];

interface Ending {
  after(close: () => Promise<void>): void;
}

async function open(t: Ending, isEmbedded = false): Promise<RelayBench> {
  const bench = await openRelayBench({}, isEmbedded);
  t.after(() => bench.close());
  return bench;
}

async function listen(): Promise<Receiver> {
  const receiver = await openReceiver();
  after(() => receiver.close());
  return receiver;
}

interface Told {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
}

/** Types of the events of each run, the first time that each came. */
function stories(received: readonly Received[]): Map<string, string[]> {
  const told = received.map(({ body }) => JSON.parse(body) as Told);
  const first = [...new Map(told.toReversed().map((one) => [one.id, one])).values()].toReversed();
  const byRun = Map.groupBy(first, ({ subject }) => subject);
  const typeOf = ({ type }: Told) => type.replace('convergence.', '');
  return new Map([...byRun].map(([run, events]) => [run, events.map(typeOf)]));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await wait(5);
}

for (const kind of ['served', 'embedded']) {
  test(`every event is sent in order, to tenant and operator: ${kind}`, async (t) => {
    await sendAll(await open(t, kind === 'embedded'));
  });

  test(`a sink that is down gets everything later, in order: ${kind}`, async (t) => {
    await sendLater(await open(t, kind === 'embedded'));
  });
}

async function sendAll(bench: RelayBench): Promise<void> {
  for (const tenantId of ['acme', 'other']) await bench.addTenant(tenantId);
  const [own, all] = [await listen(), await listen()];
  await bench.addWebhook('acme', own.url);
  await bench.addWebhook(null, all.url);
  const runIds = [await bench.run('acme', 'COMPLETE'), await bench.run('other', 'COMPLETE')];
  bench.startRelay();
  await Promise.all([own.untilReceived(3), all.untilReceived(6)]);

  assert.deepEqual(stories(own.received), new Map([[runIds[0], STORY]]));
  assert.deepEqual(stories(all.received), new Map(runIds.map((runId) => [runId, STORY])));
}

test('two relays at once send each event once', async (t) => {
  const bench = await open(t);
  await bench.addTenant('acme');
  const receiver = await listen();
  const sinkId = await bench.addWebhook('acme', receiver.url);
  bench.startRelay();
  bench.startRelay();
  const runIds: string[] = [];
  for (let nr = 0; nr < 10; nr++) runIds.push(await bench.run('acme', 'COMPLETE'));
  const delivered = () => bench.api.sinks.listDeliveries('acme', sinkId, { limit: 100 });
  await until(async () => {
    const deliveries = await delivered();
    return deliveries.length === 30 && deliveries.every(({ state }) => state === 'delivered');
  });

  assert.equal(receiver.received.length, 30);
  assert.deepEqual(stories(receiver.received), new Map(runIds.map((runId) => [runId, STORY])));
});

/** A second sink that is slow, and a third that is well, are held up by nobody. */
async function sendLater(bench: RelayBench): Promise<void> {
  await bench.addTenant('acme');
  const [down, slow, well] = [await listen(), await listen(), await listen()];
  down.answer = (_, response) => void response.writeHead(503).end();
  slow.answer = () => {};
  const sinkId = await bench.addWebhook('acme', down.url);
  for (const { url } of [slow, well]) await bench.addWebhook('acme', url);
  bench.startRelay();
  const runIds: string[] = [];
  for (let nr = 0; nr < 5; nr++) runIds.push(await bench.run('acme', 'COMPLETE'));
  await Promise.all([well.untilReceived(15), down.untilReceived(3), slow.untilReceived(1)]);
  const expected = new Map(runIds.map((runId) => [runId, STORY]));
  assert.deepEqual(stories(well.received), expected);
  const status = await bench.api.sinks.getSink('acme', sinkId);
  assert.equal(status.lastError, `${down.url} answers 503`);

  const refused = new Set(down.received);
  down.answer = (request, response) => void (response.end(), refused.delete(request));
  await until(async () => (await bench.api.sinks.getSink('acme', sinkId)).waiting === 0);
  const taken = down.received.filter((one) => !refused.has(one));
  assert.deepEqual(stories(taken), expected);
  assert.equal(taken.length, 15);
}

test('what is never taken is dead, holds up its own run only, and can be sent again', async (t) => {
  const bench = await open(t);
  await bench.addTenant('acme');
  const receiver = await listen();
  const sinkId = await bench.addWebhook('acme', receiver.url);
  const [bad, good] = [await bench.run('acme', 'COMPLETE'), await bench.run('acme', 'COMPLETE')];
  const isPoison = ({ body }: Received) => body.includes(bad) && body.includes('run.running');
  receiver.answer = (request, response) =>
    void response.writeHead(isPoison(request) ? 500 : 200).end();
  bench.startRelay();
  await until(async () => (await bench.api.sinks.getSink('acme', sinkId)).dead === 1);
  await until(async () => (await bench.api.sinks.getSink('acme', sinkId)).waiting === 0);
  const refused = receiver.received.filter(isPoison);
  assert.equal(refused.length, 30);
  const taken = receiver.received.filter((request) => !isPoison(request));
  assert.deepEqual(
    stories(taken),
    new Map([
      [bad, ['run.pending', 'run.complete']],
      [good, STORY],
    ]),
  );
  const ended = taken.findIndex(({ body }) => body.includes(good) && body.includes('complete'));
  assert.ok(ended < taken.findIndex(({ body }) => body.includes(bad) && body.includes('complete')));

  receiver.answer = (_, response) => void response.end();
  assert.equal(await bench.api.sinks.redeliver('acme', sinkId), 1);
  await until(async () => {
    const deliveries = await bench.api.sinks.listDeliveries('acme', sinkId, { limit: 10 });
    return deliveries.every(({ state }) => state === 'delivered');
  });
});

test('what was not looked at, and what was not taken, is a backlog with an age', async (t) => {
  const bench = await open(t);
  const receiver = await listen();
  receiver.answer = (_, response) => void response.writeHead(500).end();
  await bench.addTenant('acme');
  await bench.addWebhook('acme', receiver.url);
  await bench.run('acme', 'COMPLETE');
  const fresh = await bench.readBacklog();
  assert.deepEqual([fresh.unrouted, fresh.deliveriesWaiting], [4, 0]);
  assert.ok(fresh.oldestSeconds > 0);
  bench.startRelay();
  await receiver.untilReceived(1);
  const refused = await bench.readBacklog();
  assert.deepEqual([refused.unrouted, refused.deliveriesWaiting], [0, 3]);
  assert.ok(refused.oldestSeconds > fresh.oldestSeconds / 2 && refused.oldestSeconds < 60);
  receiver.answer = (_, response) => void response.end();
  await until(async () => (await bench.readBacklog()).deliveriesWaiting === 0);
  const none = { unrouted: 0, deliveriesWaiting: 0, oldestSeconds: 0 };
  assert.deepEqual(await bench.readBacklog(), none);
});

test('a removed webhook takes what waits for it along', async (t) => {
  const bench = await open(t);
  await bench.addTenant('acme');
  const receiver = await listen();
  receiver.answer = (_, response) => void response.writeHead(500).end();
  const sinkId = await bench.addWebhook('acme', receiver.url);
  await bench.run('acme', 'COMPLETE');
  bench.startRelay();
  await receiver.untilReceived(1);
  await assert.rejects(bench.api.sinks.deleteSink('other', sinkId), { code: 'sink_absent' });
  await bench.api.sinks.deleteSink('acme', sinkId);
  assert.deepEqual(await bench.api.sinks.listSinks('acme'), []);
});
