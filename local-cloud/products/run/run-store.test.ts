import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Records } from '../../control-plane/records.ts';
import type { Operation } from './operation.ts';
import type { KeptService, ServiceResource } from './resource/resource.ts';
import { RunStore } from './run-store.ts';

const name = 'projects/p/locations/r/services/shop';
const operation: Operation = {
  name: 'projects/p/locations/r/operations/one',
  createTime: '2026-01-01T00:00:00Z',
  task: { kind: 'deleteService', service: name },
  done: false,
  metadata: {},
};

function service(generation: string): { name: string; value: KeptService } {
  return { name, value: { resource: { name, generation } as ServiceResource, revisions: [] } };
}

test('what was written is there in the next process, and a home has one owner', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'run-store-'));
  context.after(() => rm(home, { recursive: true }));
  const records = Records.open(home);
  assert.ok(records);
  assert.equal(Records.open(home), null);
  new RunStore(records, () => new Date()).write({ service: service('1'), operation });
  records.close();
  const again = Records.open(home);
  assert.ok(again);
  const store = new RunStore(again, () => new Date());
  assert.deepEqual(
    [store.service(name), store.operation(operation.name)],
    [service('1').value, operation],
  );
  store.write({ service: { name, value: null } });
  assert.deepEqual(store.services(), []);
  again.close();
});

test('an earlier state can be read', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'run-store-'));
  const records = Records.open(home);
  assert.ok(records);
  context.after(async () => {
    records.close();
    await rm(home, { recursive: true });
  });
  let nowMs = 1000;
  const store = new RunStore(records, () => new Date(nowMs));
  for (const generation of ['1', '2', '3']) {
    store.write({ service: service(generation) });
    nowMs += 1000;
  }
  const seen = [500, 1500, 2500, 9000].map(
    (ageMs) => store.pastService(name, ageMs)?.resource.generation,
  );
  assert.deepEqual(seen, ['3', '2', '1', undefined]);
});
