import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, PlaneRig, revision, to, until } from '../plane-rig.fake.ts';
import { Load } from './load.fake.ts';

const CONNECTIONS = 16;

let rig: PlaneRig;
before(async () => {
  rig = await PlaneRig.start();
});
after(() => rig.end());

test('no request is lost while weights flip, a canary is taken back and revisions go', async () => {
  const stable = revision('shop-1');
  const { url } = await rig.serve({ revisions: [stable], traffic: [to('shop-1', 100)] });
  const load = new Load(url, CONNECTIONS);
  for (let round = 2; load.requests < 20_000; round++) {
    const name = `shop-${round}`;
    const revisions = [stable, revision(name)];
    await rig.serve({ revisions, traffic: [to('shop-1', 100), to(name, 0, 'canary')] });
    for (const percent of [10, 50, 100, 0, 30]) {
      const from = load.requests;
      await rig.serve({ revisions, traffic: [to('shop-1', 100 - percent), to(name, percent)] });
      await until(() => load.requests > from + 300);
    }
    // In one write: traffic back, and the canary away while requests run on it.
    await rig.serve({ revisions: [stable], traffic: [to('shop-1', 100)] });
  }
  const { byStatus } = await load.stop();
  assert.deepEqual(Object.keys(byStatus), ['200']);
});

test('an instance that is killed takes at most the requests with it that ran on it', async () => {
  const two = revision('shop-1', { minInstances: 2 });
  const { url } = await rig.serve({ revisions: [two], traffic: [to('shop-1', 100)] });
  await until(async () => (await rig.describe()).revisions[0]?.instances === 2);
  const load = new Load(url, CONNECTIONS);
  const kills = 3;
  for (let nr = 0; nr < kills; nr++) {
    const { pid } = await ask(url);
    process.kill(pid, 'SIGKILL');
    const from = load.requests;
    await until(() => load.requests > from + 1000);
    await until(async () => (await rig.describe()).revisions[0]?.instances === 2);
  }
  const { byStatus } = await load.stop();
  const { 200: good = 0, 503: broken = 0, ...others } = byStatus;
  assert.deepEqual(others, {});
  assert.ok(good > kills * 1000);
  assert.ok(broken <= kills * CONNECTIONS, `${broken} requests broke`);
});

test('a request that was refused unseen is sent to another instance, body and all', async () => {
  const one = revision('shop-1', { command: [process.execPath, '-e', CLOSES_ITS_EAR] });
  const { url } = await rig.serve({ revisions: [one], traffic: [to('shop-1', 100)] });
  const first = await (await fetch(url, { method: 'POST', body: 'first' })).text();
  const second = await (await fetch(url, { method: 'POST', body: 'second' })).text();
  const [[pid, ...firstBody], [other, ...secondBody]] = [first.split(' '), second.split(' ')];
  assert.deepEqual([firstBody, secondBody], [['first'], ['second']]);
  assert.notEqual(pid, other);
});

/** Answers one request, then listens no more, but goes on running. */
const CLOSES_ITS_EAR = `
  const server = require('node:http').createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.setHeader('connection', 'close');
    server.close();
    response.end(process.pid + ' ' + body);
  });
  server.listen(process.env.PORT, '127.0.0.1');
  setInterval(() => {}, 1000);
`;
