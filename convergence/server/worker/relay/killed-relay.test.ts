import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { openReceiver } from '../../../testing/receiver.ts';
import { openRelayBench } from './relay.fake.ts';

const RELAY = `
import { systemClock } from 'base/clock.ts';
import { createUuidV7 } from 'base/id.ts';
import { createLog } from 'base/log.ts';
import { openControlDatabase } from ${JSON.stringify(import.meta.resolve('../../../adapters/postgres/open-control-database.ts'))};
import { PostgresRunStore } from ${JSON.stringify(import.meta.resolve('../../../adapters/postgres/run/store/run-store.ts'))};
import { createLocalSecretBox } from ${JSON.stringify(import.meta.resolve('../../../adapters/secrets/local-secret-box.ts'))};
import { readSettings } from ${JSON.stringify(import.meta.resolve('../../settings/settings.ts'))};
import { EventRelay } from ${JSON.stringify(import.meta.resolve('./event-relay.ts'))};
import { wireEvents } from ${JSON.stringify(import.meta.resolve('./wire.ts'))};
const database = await openControlDatabase({ databaseUrl: process.argv[1], dataDir: '' });
const clock = systemClock;
const nextId = createUuidV7({ clock });
const none = async () => [];
const { relay } = wireEvents(database, {
  clock, nextId, box: createLocalSecretBox('of the bench', 'test'), random: () => 0,
  runs: new PostgresRunStore(database, { clock, nextId }),
  settings: readSettings({}), log: createLog({ level: 'silent', clock }),
  configs: { readConfig: none }, secrets: { listSecrets: none },
});
new EventRelay(relay).start();`;

const STORY = ['run.pending', 'run.running', 'run.complete'];

test('after kill -9 in the middle every event comes, and those of a run in order', async (t) => {
  const bench = await openRelayBench();
  const receiver = await openReceiver();
  t.after(() => bench.close().then(() => receiver.close()));
  await bench.addTenant('acme');
  const sinkId = await bench.addWebhook('acme', receiver.url);
  const runIds: string[] = [];
  for (let nr = 0; nr < 40; nr++) runIds.push(await bench.run('acme', 'COMPLETE'));
  receiver.answer = (_, response) => void wait(5).then(() => response.end());

  const args = ['--input-type=module-typescript', '-e', RELAY, bench.url];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  await receiver.untilReceived(30);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const before = receiver.received.length;
  assert.ok(before < 120, `killed too late: ${before} were sent`);
  // The lease of the dead one is over for a relay that lives a minute later.
  const later = () => new Date(bench.clock.now().getTime() + 60_000);
  bench.startRelay({ clock: { ...bench.clock, now: later } });
  while ((await bench.api.sinks.getSink('acme', sinkId)).waiting > 0) await wait(10);

  const told = receiver.received.map(
    ({ body }) => JSON.parse(body) as { type: string; subject: string },
  );
  const sent = Map.groupBy(told, ({ subject }) => subject);
  assert.equal(sent.size, runIds.length);
  for (const events of sent.values()) {
    const types = events.map(({ type }) => type.replace('convergence.', ''));
    // What was sent and not settled comes twice; each of the two times in order.
    const firsts = types.filter((type, nr) => types.indexOf(type) === nr);
    assert.deepEqual(firsts, STORY);
    assert.deepEqual(types.slice(-1), ['run.complete']);
  }
});
