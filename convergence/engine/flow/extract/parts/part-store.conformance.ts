import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TenantParts } from '../../../tenant/offboard/tenant-tables.ts';
import { tenantScope } from '../../../tenant/tenant-scope.ts';
import type { PartStore } from './part-store.ts';

export type TestedParts = PartStore & TenantParts;

/** What every store of parts must do on one machine, with a data folder that is empty. */
export function partStoreConformance(
  name: string,
  open: (dataDir: string) => Promise<TestedParts>,
): void {
  describe(name, () => {
    for (const [title, run] of Object.entries(CASES)) {
      test(title, async () => {
        const dataDir = await mkdtemp(join(tmpdir(), 'parts-'));
        try {
          await run(await open(dataDir));
        } finally {
          await rm(dataDir, { recursive: true });
        }
      });
    }
  });
}

const acme = tenantScope('acme_corp');
const load = { runId: '0191-a', step: 'load', resource: 'posts', fence: 7n };
const PART = 'part-1';

/** As a source does it; each call adds a line to the part. */
export async function writePage(
  store: PartStore,
  given: { scope?: typeof acme; load?: typeof load } = {},
): Promise<string> {
  const { path, save } = await store.openFolder(given.scope ?? acme, given.load ?? load);
  const before = await readFile(join(path, PART), 'utf8').catch(() => '');
  await writeFile(join(path, PART), `${before}x\n`);
  const content = JSON.stringify({ lines: before.length / 2 + 1 });
  await writeFile(join(path, 'checkpoint.json'), content);
  const parts = [{ name: PART, sizeBytes: before.length + 2 }];
  await save?.({ checkpoint: { name: 'checkpoint.json', content }, parts });
  return path;
}

const HELD = ['checkpoint.json', PART];

const CASES: Readonly<Record<string, (store: TestedParts) => Promise<void>>> = {
  async 'a folder is private and keeps its content'(store) {
    const path = await writePage(store);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    const { path: again } = await store.openFolder(acme, load);
    assert.equal(again, path);
    assert.deepEqual((await readdir(path)).toSorted(), HELD);
    assert.equal(await readFile(join(path, PART), 'utf8'), 'x\n');
  },

  async 'a folder goes alone, and again'(store) {
    const path = await writePage(store);
    const other = await writePage(store, { load: { ...load, resource: 'users' } });
    await store.discardFolder(acme, load);
    await store.discardFolder(acme, load);
    assert.ok(!existsSync(path));
    assert.deepEqual((await readdir(other)).toSorted(), HELD);
    const { path: anew } = await store.openFolder(acme, load);
    assert.deepEqual(await readdir(anew), []);
  },

  async 'a run goes with all of its folders, and no other one'(store) {
    const path = await writePage(store);
    const other = await writePage(store, { load: { ...load, runId: '0191-b' } });
    await store.discardRun(acme, load.runId);
    await store.discardRun(acme, load.runId);
    assert.ok(!existsSync(path));
    assert.deepEqual((await readdir(other)).toSorted(), HELD);
    const { path: anew } = await store.openFolder(acme, load);
    assert.deepEqual(await readdir(anew), []);
  },

  async 'a newer fence takes the folder with its content away from the older one'(store) {
    const older = await writePage(store);
    const newer = await writePage(store, { load: { ...load, fence: 12n } });
    assert.equal(await readFile(join(newer, PART), 'utf8'), 'x\nx\n');
    await assert.rejects(writeFile(join(older, PART), 'y'), { code: 'ENOENT' });
    await assert.rejects(store.openFolder(acme, load), { code: 'lease_lost' });
    await store.discardFolder(acme, load);
    const { path } = await store.openFolder(acme, { ...load, fence: 13n });
    assert.equal(await readFile(join(path, PART), 'utf8'), 'x\nx\n');
  },

  async 'a tenant is measured and goes with all that it has, and no other one'(store) {
    const path = await writePage(store);
    const scope = tenantScope('acme');
    const other = await writePage(store, { scope });
    assert.ok((await store.measureTenant(acme)) > 2);
    await store.discardTenant(acme);
    await store.discardTenant(acme);
    assert.equal(await store.measureTenant(acme), 0);
    assert.ok(!existsSync(path));
    assert.deepEqual((await readdir(other)).toSorted(), HELD);
    const { path: anew } = await store.openFolder(acme, load);
    assert.deepEqual(await readdir(anew), []);
  },

  async 'what nobody touched for long goes'(store) {
    await store.discardStale(new Date());
    const path = await writePage(store);
    await store.discardStale(new Date(Date.now() - HOUR_MS));
    assert.deepEqual((await readdir(path)).toSorted(), HELD);
    await store.discardStale(new Date(Date.now() + HOUR_MS));
    assert.equal(await store.measureTenant(acme), 0);
    const { path: anew } = await store.openFolder(acme, load);
    assert.deepEqual(await readdir(anew), []);
  },
};

const HOUR_MS = 3_600_000;
