import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connectDataPlane } from './connect-data-plane.ts';
import type { DesiredService } from './data-plane.ts';
import { ask, isRunning, KEY, PlaneRig, revision, to, until } from './plane-rig.fake.ts';
import { startDataPlane } from './start-data-plane.ts';

let rig: PlaneRig;
before(async () => {
  rig = await PlaneRig.start();
});
after(() => rig.end());

const service: Partial<DesiredService> = {
  revisions: [revision('shop-1'), revision('shop-2')],
  traffic: [to('shop-1', 100), to('shop-2', 0, 'next')],
};

async function pidOfPlane(): Promise<number> {
  const text = await readFile(join(rig.folder, 'data-plane.json'), 'utf8');
  return (JSON.parse(text) as { pid: number }).pid;
}

test('a data plane that was killed comes back on the same ports and ends what it left', async () => {
  const before = await rig.serve(service);
  const [first, second] = [await ask(before.url), await ask(before.tagUrls.next ?? '')];
  await rig.plane.setFault(KEY, 'shop-2', { errorShare: 1 });
  await rig.kill();
  await rig.restart();
  const { url, tagUrls, revisions } = await rig.describe();
  assert.deepEqual({ url, tagUrls }, { url: before.url, tagUrls: before.tagUrls });
  assert.deepEqual(
    revisions.map(({ name }) => name),
    ['shop-1', 'shop-2'],
  );
  const again = await ask(url);
  assert.equal(again.K_REVISION, 'shop-1');
  assert.notEqual(again.pid, first.pid);
  assert.equal((await fetch(tagUrls.next ?? '')).status, 500);
  await until(() => !isRunning(first.pid) && !isRunning(second.pid));
  await rig.plane.setFault(KEY, 'shop-2', {});
});

test('a revision that had failed has still failed', async () => {
  const bad = revision('shop-bad', { command: [process.execPath, '-e', 'process.exit(9)'] });
  const { revisions } = await rig.serve({ revisions: [bad] });
  assert.equal(revisions[0]?.state, 'failed');
  await rig.kill();
  await rig.restart();
  assert.deepEqual((await rig.describe()).revisions, revisions);
});

test('a process that only has the id of an old one is left alone', async () => {
  const innocent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    detached: true,
    stdio: 'ignore',
  });
  await rig.kill();
  const record = join(rig.folder, 'processes', 'shop-1-old.json');
  await writeFile(record, JSON.stringify({ pid: innocent.pid, identity: 'another boot 1' }));
  await writeFile(join(rig.folder, 'processes', 'torn.json'), '{"pid":');
  await rig.restart();
  await until(async () => {
    const names = await readdir(join(rig.folder, 'processes'));
    return !names.some((name) => ['shop-1-old.json', 'torn.json'].includes(name));
  });
  assert.equal(innocent.exitCode, null);
  assert.equal(isRunning(innocent.pid ?? 0), true);
  innocent.kill('SIGKILL');
});

test('counters survive, but for the part of a line that was being written', async () => {
  const { url } = await rig.serve(service);
  const from = Math.floor(Date.now() / 1000);
  for (let nr = 0; nr < 30; nr++) await fetch(`${url}/?status=${nr % 3 === 0 ? 503 : 200}`);
  const before = await rig.plane.readCounters(KEY, from, from + 60);
  await rig.kill();
  const folder = join(rig.folder, 'counters', encodeURIComponent(KEY));
  const [file = ''] = (await readdir(folder)).toSorted().slice(-1);
  await appendFile(join(folder, file), '\n{"second":1');
  await rig.restart();
  assert.deepEqual(await rig.plane.readCounters(KEY, from, from + 60), before);
  const counts = before.flatMap(({ byStatus }) => Object.entries(byStatus));
  const total = (wanted: string) =>
    counts.filter(([status]) => status === wanted).reduce((sum, [, count]) => sum + count, 0);
  assert.deepEqual([total('200'), total('503')], [20, 10]);
  await fetch(url);
  const later = await rig.plane.readCounters(KEY, from, from + 60);
  assert.equal(later.flatMap(({ instances }) => instances).at(-1)?.errors, 0);
});

test('one folder has one data plane, however often and from wherever it is started', async () => {
  const pid = await pidOfPlane();
  const same = await startDataPlane({ folder: rig.folder });
  assert.equal(await pidOfPlane(), pid);
  await same.close();
  await rig.kill();
  const planes = await Promise.all([1, 2, 3].map(() => startDataPlane({ folder: rig.folder })));
  await Promise.all(planes.map((plane) => plane.close()));
  await rig.restart();
  assert.equal((await ask((await rig.describe()).url)).K_REVISION, 'shop-1');
});

test('orders without the token are refused, and without a data plane they say what to do', async () => {
  const text = await readFile(join(rig.folder, 'data-plane.json'), 'utf8');
  const { port } = JSON.parse(text) as { port: number };
  const refused = await fetch(`http://127.0.0.1:${port}/stop`, { method: 'POST', body: '[]' });
  assert.equal(refused.status, 400);
  const lost = connectDataPlane({ folder: join(rig.folder, 'nothing') });
  await assert.rejects(lost.describeService(KEY), {
    code: 'data_plane_absent',
    kind: 'transient',
    hint: 'Start it with: npx local-cloud start',
  });
  await lost.close();
});
