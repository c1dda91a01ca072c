import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { after, before, test } from 'node:test';
import { assert as holds, asyncProperty, constantFrom, oneof, string } from 'fast-check';
import {
  partStoreConformance,
  writePage,
} from '../../engine/flow/extract/parts/part-store.conformance.ts';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { LocalPartStore } from './part-store.ts';

partStoreConformance('parts on the local disk', async (folder) => new LocalPartStore(folder));

const acme = tenantScope('acme_corp');
const load = { runId: '0191-a', step: 'load', resource: 'posts', fence: 7n };
let dataDir = '';
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'part-store-'));
});
after(() => rm(dataDir, { recursive: true }));

test('a folder lies below the tenant, the run, the step and the resource', async () => {
  const { path } = await new LocalPartStore(dataDir).openFolder(acme, load);
  assert.equal(path, join(dataDir, 'parts/acme_corp/0191-a/load/posts/7'));
});

test('whatever the names are, folders lie four below the tenant and differ by more than case', async () => {
  const store = new LocalPartStore(dataDir);
  const root = join(dataDir, 'parts', 'prop_co') + sep;
  const name = oneof(
    string(),
    constantFrom('..', '.', '', 'Posts', 'posts', '../../x', 'a/b', 'a_b'),
  );
  const openOf = async (resource: string) =>
    (await store.openFolder(tenantScope('prop_co'), { ...load, resource })).path;
  await holds(
    asyncProperty(name, name, async (one, two) => {
      const [first, second] = await Promise.all([openOf(one), openOf(two)]);
      assert.ok(first.startsWith(root));
      assert.equal(first.slice(root.length).split(sep).length, 4);
      assert.equal(first.toLowerCase() === second.toLowerCase(), one === two);
    }),
    { numRuns: 200 },
  );
});

test('what failed runs left goes by when its files were written', async () => {
  const root = await mkdtemp(join(tmpdir(), 'part-store-'));
  const store = new LocalPartStore(root);
  const old = await writePage(store);
  await writePage(store, { load: { ...load, runId: '0191-b' } });
  const longAgo = new Date('2020-01-01');
  for (const name of await readdir(old)) await utimes(join(old, name), longAgo, longAgo);
  for (const folder of ['', '/load', '/load/posts', '/load/posts/7']) {
    await utimes(join(root, 'parts/acme_corp/0191-a') + folder, longAgo, longAgo);
  }
  await store.discardStale(new Date('2021-01-01'));
  assert.deepEqual(await readdir(join(root, 'parts/acme_corp')), ['0191-b']);
  await rm(root, { recursive: true });
});
