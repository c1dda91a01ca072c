import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { ask, isRunning, KEY, PlaneRig, revision, to, until } from '../plane-rig.fake.ts';

const GRACE_MS = 400;
const IDLE_MS = 200;

let rig: PlaneRig;
before(async () => {
  rig = await PlaneRig.start({ graceMs: GRACE_MS, idleMs: IDLE_MS });
});
after(() => rig.end());

const traffic = [to('shop-1', 100)];

async function instances(): Promise<number> {
  return (await rig.describe()).revisions[0]?.instances ?? 0;
}

test('instances come with requests above the concurrency, and go when they are idle', async () => {
  const narrow = revision('shop-1', { concurrency: 2, maxInstances: 3, minInstances: 1 });
  const { url } = await rig.serve({ revisions: [narrow], traffic });
  assert.equal(await instances(), 1);
  const answers = await Promise.all(Array.from({ length: 12 }, () => ask(`${url}/?sleep=300`)));
  const pids = new Set(answers.map(({ pid }) => pid));
  // Twelve at two each would need six: the maximum holds, the others wait.
  assert.equal(pids.size, 3);
  await until(async () => (await instances()) === 1);
  await until(() => [...pids].filter(isRunning).length === 1);
});

test('without requests a revision is idle, and the next request starts it and waits', async () => {
  const { url } = await rig.serve({ revisions: [revision('shop-1')], traffic });
  await until(async () => (await rig.describe()).revisions[0]?.state === 'idle');
  assert.equal(await instances(), 0);
  assert.equal((await ask(url)).K_REVISION, 'shop-1');
});

test('the minimum of a service is kept by the revisions that serve', async () => {
  const revisions = [revision('shop-1'), revision('shop-2')];
  await rig.serve({ revisions, traffic, minInstances: 2 });
  await until(async () => {
    const [first, second] = (await rig.describe()).revisions;
    return first?.instances === 2 && second?.state === 'idle';
  });
});

test('an instance that crashes is replaced, and another serves meanwhile', async () => {
  const one = revision('shop-1', { minInstances: 2 });
  const { url } = await rig.serve({ revisions: [one], traffic });
  await until(async () => (await instances()) === 2);
  assert.equal((await fetch(`${url}/?crash`)).status, 503);
  for (let nr = 0; nr < 20; nr++) await ask(url);
  await until(async () => (await instances()) === 2);
});

test('an instance that fails its liveness probe is killed and replaced', async () => {
  const liveness = { path: '/health', periodMs: 50, timeoutMs: 1000, failureThreshold: 2 };
  const one = revision('shop-1', { liveness, minInstances: 1 });
  const { url } = await rig.serve({ revisions: [one], traffic });
  const { pid } = await ask(`${url}/?sick`);
  await until(() => !isRunning(pid));
  await until(async () => (await instances()) === 1);
  assert.notEqual((await ask(url)).pid, pid);
});

test('a revision that is removed finishes its requests, then gets SIGTERM', async () => {
  const { url } = await rig.serve({
    revisions: [revision('shop-1'), revision('shop-2')],
    traffic,
  });
  const { pid } = await ask(url);
  const slow = request(url, { method: 'POST' });
  slow.write('first');
  const [response] = (await once(slow, 'response')) as [IncomingMessage];
  await rig.serve({ revisions: [revision('shop-2')], traffic: [to('shop-2', 100)] });
  assert.equal((await ask(url)).K_REVISION, 'shop-2');
  assert.equal(isRunning(pid), true);
  slow.end(' last');
  assert.equal(await text(response), 'first last');
  await until(() => !isRunning(pid));
  assert.match(await logs('shop-1'), /told to end/);
});

test('an instance that is deaf to SIGTERM is killed after the grace', async () => {
  const deaf = revision('shop-3', { env: { STUBBORN: '1' } });
  const { url } = await rig.serve({ revisions: [deaf], traffic: [to('shop-3', 100)] });
  const { pid } = await ask(url);
  const startedAtMs = performance.now();
  await rig.serve({ revisions: [] });
  await until(() => !isRunning(pid));
  assert.ok(performance.now() - startedAtMs >= GRACE_MS);
  assert.match(await logs('shop-3'), /told to end/);
});

test('what an instance starts is told to end with it', async () => {
  const app = revision('shop-4');
  const [file, script] = app.command;
  const shell = revision('shop-4', { command: ['sh', '-c', `"${file}" "${script}"; true`] });
  const { url } = await rig.serve({ revisions: [shell], traffic: [to('shop-4', 100)] });
  const { pid } = await ask(url);
  await rig.serve({ revisions: [] });
  await until(() => !isRunning(pid));
  assert.match(await logs('shop-4'), /told to end/);
});

async function logs(revision: string): Promise<string> {
  const folder = join(rig.folder, 'logs', encodeURIComponent(KEY), revision);
  const names = await readdir(folder);
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
}
