import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { SteadyLoad } from '../../rollout/demo/steady-load.ts';
import { ReleaseRig } from './release-rig.ts';

const PARENT = 'projects/local/locations/europe-west1';

let rig: ReleaseRig;
before(async () => (rig = await ReleaseRig.open()));
after(() => rig.close());

interface Written {
  readonly template: { readonly containers: readonly { readonly env: readonly object[] }[] };
  readonly traffic: readonly { readonly revision: string }[];
}

/** As the console would: a revision that fails a share of its requests gets half of the traffic. */
async function deployByHand(service: string): Promise<void> {
  const { rest } = JSON.parse(await readFile(join(rig.home, 'endpoints.json'), 'utf8')) as {
    rest: string;
  };
  const url = `${rest}/v2/${PARENT}/services/${service}`;
  const { template, traffic } = (await (await fetch(url)).json()) as Written;
  const [container] = template.containers;
  const env = [
    { name: 'ERROR_SHARE', value: '0.3' },
    { name: 'DELAY_MS', value: '1' },
  ];
  const type = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';
  const body = JSON.stringify({
    name: `${PARENT}/services/${service}`,
    template: { ...template, revision: `${service}-by-hand`, containers: [{ ...container, env }] },
    traffic: [
      { type, revision: traffic[0]?.revision, percent: 50 },
      { type, revision: `${service}-by-hand`, percent: 50 },
    ],
  });
  const sent = await fetch(`${url}?updateMask=template,traffic`, { method: 'PATCH', body });
  assert.ok(sent.ok, await sent.text());
}

/** Until what serves is so. */
async function served(service: string, percents: Readonly<Record<string, number>>): Promise<void> {
  const deadline = AbortSignal.timeout(20_000);
  for (;;) {
    const { service: have } = await rig.status(service);
    const now = have?.served.filter(({ percent }) => percent > 0) ?? [];
    const isSo =
      now.length === Object.keys(percents).length &&
      now.every(({ revision, percent }) => percents[revision ?? ''] === percent);
    if (isSo) return;
    await wait(100, undefined, { signal: deadline });
  }
}

test('a canary that somebody deployed by hand is watched, and taken back when it fails', async () => {
  const service = 'watched';
  assert.equal((await rig.ship(service, {})).code, 0);
  const { service: have } = await rig.status(service);
  const stable = have?.revisions[0]?.name ?? '';
  const load = new SteadyLoad({ url: have?.url ?? '', requestsPerSecond: 100, clients: 100 });
  try {
    await deployByHand(service);
    await served(service, { [stable]: 50, [`${service}-by-hand`]: 50 });
    const project = ['--project-id', 'local', '--region', 'europe-west1', '--service', service];
    const limits = ['--duration', '1', '--interval', '1', '--min-requests', '20'];
    const watched = await rig.run([
      'monitor',
      ...project,
      '--revision',
      `${service}-by-hand`,
      ...limits,
    ]);
    assert.equal(watched.code, 10, watched.stdout + watched.stderr);
    assert.match(watched.stdout, /rolled back: \d+ % of \d+ requests to the new revision failed/);
    await served(service, { [stable]: 100 });
  } finally {
    load.stop();
  }
});

test('a release that needs approval moves nothing until somebody gives it', async () => {
  const service = 'careful';
  assert.equal((await rig.ship(service, {}, { strategy: 'direct' })).code, 0);
  const [first] = (await rig.status(service)).service?.revisions ?? [];
  const file = join(rig.root, service, 'rollout.yaml');
  await writeFile(
    file,
    (await readFile(file, 'utf8')).replace('project: local', 'project: local, approval: true'),
  );
  const folder = join(rig.root, service);
  const held = await rig.run(['deploy', 'test', '--yes', '--exit-on-hold'], { folder });
  assert.equal(held.code, 11, held.stdout + held.stderr);
  assert.match(held.stderr, /rollout approve/);
  await served(service, { [first?.name ?? '']: 100 });

  const approved = await rig.run(['approve', 'test'], { folder });
  assert.equal(approved.code, 0, approved.stdout + approved.stderr);
  const { service: have } = await rig.status(service);
  assert.equal(have?.revisions.length, 2);
  await served(service, { [have?.revisions[0]?.name ?? '']: 100 });
  const again = await rig.run(['approve', 'test'], { folder });
  assert.equal(again.code, 5, again.stdout + again.stderr);
});
