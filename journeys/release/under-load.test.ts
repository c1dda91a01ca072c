import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SteadyLoad } from '../../rollout/demo/steady-load.ts';
import { ReleaseRig } from './release-rig.ts';
import { returnMs } from './return-ms.ts';

let rig: ReleaseRig;
before(async () => (rig = await ReleaseRig.open()));
after(() => rig.close());

test('releases come and go, the control plane dies, and only the bad canary hurts anybody', async () => {
  const service = 'shop';
  assert.equal((await rig.ship(service, {})).code, 0);
  const { service: first } = await rig.status(service);
  const load = new SteadyLoad({ url: first?.url ?? '', requestsPerSecond: 300, clients: 1000 });
  try {
    const good = await rig.ship(service, { delayMs: 2 });
    assert.equal(good.code, 0, good.stdout + good.stderr);
    await rig.killCloud();
    await rig.restartCloud();
    const bad = await rig.ship(service, { delayMs: 3, errorShare: 0.3 });
    assert.equal(bad.code, 10, bad.stdout + bad.stderr);

    const { rollout, service: have } = await rig.status(service);
    const canary = have?.revisions[0]?.name ?? '';
    const { served, hurt } = load.counts();
    assert.deepEqual(Object.keys(hurt), [canary]);
    assert.ok(served > 3000, `${served} requests were served`);
    assert.ok(returnMs(await rig.history(service, rollout?.id ?? '')) < 1000);
  } finally {
    load.stop();
  }
});
