import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { after, before, test } from 'node:test';
import { assert as holds, asyncProperty, constantFrom, oneof, string } from 'fast-check';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { LocalPartStore } from './part-store.ts';

const acme = tenantScope('acme_corp');
const load = { runId: '0191-a', step: 'load', resource: 'posts', fence: 7n };
let dataDir = '';
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'part-store-'));
});
after(() => rm(dataDir, { recursive: true }));

test('a folder is private, keeps its content, and goes with its run or alone', async () => {
  const store = new LocalPartStore(dataDir);
  const folder = await store.openFolder(acme, load);
  assert.equal(folder, join(dataDir, 'parts/acme_corp/0191-a/load/posts/7'));
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  await writeFile(join(folder, 'part-1'), 'x');
  assert.equal(await store.openFolder(acme, load), folder);
  assert.deepEqual(await readdir(folder), ['part-1']);

  await store.discardFolder(acme, load);
  await store.discardFolder(acme, load);
  assert.ok(!existsSync(folder));

  const other = await store.openFolder(acme, { ...load, runId: '0191-b' });
  await store.openFolder(acme, load);
  await store.discardRun(acme, load.runId);
  await store.discardRun(acme, load.runId);
  assert.deepEqual(await readdir(join(dataDir, 'parts/acme_corp')), ['0191-b']);
  assert.ok(existsSync(other));
});

test('a newer fence takes the folder with its content away from the older one', async () => {
  const store = new LocalPartStore(dataDir);
  const taken = { ...load, runId: '0191-c' };
  const older = await store.openFolder(acme, taken);
  await writeFile(join(older, 'part-1'), 'x');
  const newer = await store.openFolder(acme, { ...taken, fence: 12n });
  assert.deepEqual(await readdir(newer), ['part-1']);
  await assert.rejects(writeFile(join(older, 'part-1'), 'y'), { code: 'ENOENT' });
  await assert.rejects(store.openFolder(acme, taken), { code: 'lease_lost' });
  await store.discardFolder(acme, taken);
  assert.deepEqual(await readdir(newer), ['part-1']);
});

test('whatever the names are, folders lie four below the tenant and differ by more than case', async () => {
  const store = new LocalPartStore(dataDir);
  const root = join(dataDir, 'parts', 'prop_co') + sep;
  const name = oneof(
    string(),
    constantFrom('..', '.', '', 'Posts', 'posts', '../../x', 'a/b', 'a_b'),
  );
  await holds(
    asyncProperty(name, name, async (one, two) => {
      const [first, second] = await Promise.all(
        [one, two].map((resource) =>
          store.openFolder(tenantScope('prop_co'), { ...load, resource }),
        ),
      );
      assert.ok(first && first.startsWith(root));
      assert.equal(first.slice(root.length).split(sep).length, 4);
      assert.equal(first.toLowerCase() === second?.toLowerCase(), one === two);
    }),
    { numRuns: 200 },
  );
});

test('what failed runs left goes once nobody touched it for long', async () => {
  const root = await mkdtemp(join(tmpdir(), 'part-store-'));
  const store = new LocalPartStore(root);
  await store.discardStale(new Date());
  const old = await store.openFolder(acme, load);
  await writeFile(join(old, 'part-1'), 'x');
  await store.openFolder(acme, { ...load, runId: '0191-b' });
  const longAgo = new Date('2020-01-01');
  for (const folder of ['', '/load', '/load/posts', '/load/posts/7']) {
    await utimes(join(root, 'parts/acme_corp/0191-a') + folder, longAgo, longAgo);
  }
  await store.discardStale(new Date('2021-01-01'));
  assert.deepEqual(await readdir(join(root, 'parts/acme_corp')), ['0191-b']);
  await rm(root, { recursive: true });
});
