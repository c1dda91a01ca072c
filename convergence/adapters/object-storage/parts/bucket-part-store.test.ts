import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import {
  partStoreConformance,
  writePage,
} from '../../../engine/flow/extract/parts/part-store.conformance.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { startLocalCloud } from '../../../testing/local-cloud-process.ts';
import { LocalPartStore } from '../../files/part-store.ts';
import { GcsStore } from '../gcs/gcs-store.ts';
import { BucketPartStore } from './bucket-part-store.ts';

const cloud = await startLocalCloud();
after(() => cloud.close());
const options = { projectId: 'p', apiEndpoint: cloud.rest, authClient: new PassThroughClient() };
const bucket = new Storage(options).bucket('parts');
await bucket.create();
const objects = new GcsStore(async () => options);

let prefixes = 0;
/** Machines that have nothing together but a place in the bucket. */
function openBucket(): (dataDir: string) => BucketPartStore {
  const location = `gs://parts/prefix-${(prefixes += 1)}/`;
  return (dataDir) =>
    new BucketPartStore({ local: new LocalPartStore(dataDir), store: objects, location });
}

partStoreConformance('parts in a bucket', async (folder) => openBucket()(folder));

const root = await mkdtemp(join(tmpdir(), 'bucket-parts-'));
after(() => rm(root, { recursive: true }));
let machines = 0;
let at: (dataDir: string) => BucketPartStore;
beforeEach(() => {
  at = openBucket();
});
const startMachine = () => at(join(root, String((machines += 1))));

const acme = tenantScope('acme_corp');
const load = { runId: '0191-a', step: 'load', resource: 'posts', fence: 7n };
const next = { ...load, fence: 8n };

async function contentOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).toSorted();
  const contents = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')]);
  return Object.fromEntries(await Promise.all(contents)) as Record<string, string>;
}

async function keysInBucket(): Promise<string[]> {
  const [files] = await bucket.getFiles({ prefix: `prefix-${prefixes}/` });
  return files.map(({ name }) => name.slice(name.indexOf('/') + 1));
}

test('another machine goes on with the checkpoint and the parts that it names', async () => {
  const first = startMachine();
  for (let page = 1; page <= 7; page++) await writePage(first, { load });
  const { path } = await startMachine().openFolder(acme, next);
  assert.deepEqual(await contentOf(path), {
    'checkpoint.json': '{"lines":7}',
    'part-1': 'x\n'.repeat(7),
  });
  const parts = (await keysInBucket()).filter((key) => key.includes('/parts/'));
  // Of 4, 2 and 1 pages, though each page was saved, by a worker that had just opened the folder.
  assert.deepEqual(
    parts.map((key) => key.slice(key.indexOf('part-1'))),
    ['part-1.7.0-8', 'part-1.7.12-14', 'part-1.7.8-12'],
  );
});

test('what a machine has from long ago gives way to what another one saved since', async () => {
  const [one, other] = [startMachine(), startMachine()];
  await writePage(one, { load });
  await writePage(other, { load: next });
  const { path } = await one.openFolder(acme, { ...load, fence: 9n });
  assert.deepEqual(await contentOf(path), { 'checkpoint.json': '{"lines":2}', 'part-1': 'x\nx\n' });
});

test('what was written on a disk and not saved is as if it had not been written', async () => {
  const first = startMachine();
  const written = await writePage(first, { load });
  await writeFile(join(written, 'checkpoint.json'), '{"lines":2}');
  await writeFile(join(written, 'part-1'), 'y\ny\n');
  await writeFile(join(written, 'part-2'), 'x\n');
  const { path } = await first.openFolder(acme, next);
  assert.deepEqual(await contentOf(path), { 'checkpoint.json': '{"lines":1}', 'part-1': 'x\n' });
});

test('a worker that lost the folder is told so by its next save, and changes nothing', async () => {
  const { path, save } = await startMachine().openFolder(acme, load);
  const checkpoint = { name: 'checkpoint.json', content: '{"lines":1}' };
  await writeFile(join(path, 'part-1'), 'z\n');
  const other = startMachine();
  await writePage(other, { load: next });
  const saved = { checkpoint, parts: [{ name: 'part-1', sizeBytes: 2 }] };
  await assert.rejects(save?.(saved) ?? Promise.resolve(), { code: 'lease_lost' });
  await assert.rejects(startMachine().openFolder(acme, load), { code: 'lease_lost' });
  const { path: third } = await startMachine().openFolder(acme, { ...load, fence: 9n });
  assert.deepEqual(await contentOf(third), {
    'checkpoint.json': '{"lines":1}',
    'part-1': 'x\n',
  });
});

test('saves that are asked for together are few, and none returns before its own', async () => {
  const { path, save } = await startMachine().openFolder(acme, load);
  assert.ok(save);
  await writeFile(join(path, 'part-1'), 'x\n'.repeat(100));
  const saveAt = (lines: number) =>
    save({
      checkpoint: { name: 'checkpoint.json', content: `{"lines":${lines}}` },
      parts: [{ name: 'part-1', sizeBytes: lines * 2 }],
    });
  await Promise.all(Array.from({ length: 100 }, (_, index) => saveAt(index + 1)));
  const place = 'acme_corp/0191-a/load/posts';
  assert.deepEqual(await keysInBucket(), [
    `${place}/checkpoints/000000000001`,
    `${place}/checkpoints/000000000002`,
    `${place}/parts/part-1.7.0-200`,
  ]);
  const { path: other } = await startMachine().openFolder(acme, next);
  assert.equal((await contentOf(other))['checkpoint.json'], '{"lines":100}');
});

test('a part that is not named any more begins anew', async () => {
  const { path, save } = await startMachine().openFolder(acme, load);
  assert.ok(save);
  for (const [content, parts] of [
    ['a', [{ name: 'part-1', sizeBytes: 4 }]],
    ['b', []],
    ['c', [{ name: 'part-1', sizeBytes: 6 }]],
  ] as const) {
    await writeFile(join(path, 'part-1'), content.repeat(6));
    await save({ checkpoint: { name: 'checkpoint.json', content }, parts });
  }
  const { path: other } = await startMachine().openFolder(acme, next);
  assert.deepEqual(await contentOf(other), { 'checkpoint.json': 'c', 'part-1': 'cccccc' });
  const parts = (await keysInBucket()).filter((key) => key.includes('/parts/'));
  assert.equal(parts.length, 1);
});

test('where a saved part is gone or of another content, the load begins anew', async () => {
  for (const damage of ['delete', 'save'] as const) {
    const first = startMachine();
    const written = await writePage(first, { load });
    const [part] = (await keysInBucket()).filter((key) => key.includes('/parts/'));
    const file = bucket.file(`prefix-${prefixes}/${part}`);
    await (damage === 'delete' ? file.delete() : file.save('y\n', { resumable: false }));
    await truncate(join(written, 'part-1'), 1);
    const { path } = await startMachine().openFolder(acme, next);
    assert.deepEqual(await contentOf(path), {});
    const again = await writePage(startMachine(), { load: { ...load, fence: 9n } });
    assert.deepEqual(await contentOf(again), { 'checkpoint.json': '{"lines":1}', 'part-1': 'x\n' });
    await first.discardRun(acme, load.runId);
    assert.deepEqual(await keysInBucket(), []);
  }
});

test('what fails in passing is sent again; what stays away ends the load, which goes on later', async () => {
  const fault = { kind: 'status', method: 'storage.objects.insert' };
  const { path, save } = await startMachine().openFolder(acme, load);
  assert.ok(save);
  await writeFile(join(path, 'part-1'), 'x\n'.repeat(3));
  const saveAt = (lines: number) =>
    save({
      checkpoint: { name: 'checkpoint.json', content: `{"lines":${lines}}` },
      parts: [{ name: 'part-1', sizeBytes: lines * 2 }],
    });
  await cloud.addFault({ ...fault, code: 'UNAVAILABLE', times: 2 });
  await saveAt(1);
  // For as long as it is needed: an answer that comes before all was sent may look like a cut line.
  await cloud.addFault({ ...fault, code: 'PERMISSION_DENIED' });
  await assert.rejects(saveAt(2), { code: 'storage_denied' });
  await assert.rejects(saveAt(3), { code: 'storage_denied' });
  await fetch(`${cloud.rest}/local/v1/faults`, { method: 'DELETE' });
  const { path: other } = await startMachine().openFolder(acme, next);
  assert.deepEqual(await contentOf(other), { 'checkpoint.json': '{"lines":1}', 'part-1': 'x\n' });
});

test('a bucket that is not there is told when a load begins', async () => {
  const local = new LocalPartStore(join(root, 'none'));
  const store = new BucketPartStore({ local, store: objects, location: 'gs://nowhere-parts' });
  await assert.rejects(store.openFolder(acme, load), { code: 'bucket_absent' });
});
