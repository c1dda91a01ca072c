import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ReleaseRig } from './release-rig.ts';
import { SteadyLoad } from '../../rollout/demo/steady-load.ts';

const HOOK = `--import=${import.meta.resolve('./kill-hook.ts')}`;
const GOOD = { delayMs: 2 };
const BAD = { delayMs: 2, errorShare: 0.5 };

let rig: ReleaseRig;
before(async () => (rig = await ReleaseRig.open()));
after(() => rig.close());

/** Around writes to the platform, and before the journal's word of them. */
const POINTS = {
  good: [
    'before append 1',
    'before begin 1',
    'after begin 2',
    'before append 8',
    'after begin 3',
    'before begin 4',
    'after begin 5',
  ],
  bad: ['after begin 1', 'before begin 3', 'before begin 4', 'after begin 4', 'before begin 5'],
};

for (const [name, version, outcome] of [
  ['good', GOOD, 'promoted'],
  ['bad', BAD, 'rolledBack'],
] as const) {
  test(`a runner dies while it ships a ${name} release`, { concurrency: 6 }, async (t) => {
    const cases = POINTS[name].map((point, index) =>
      t.test(`${point}: another one ends it, once`, async () => {
        const service = `${name}-${index}`;
        assert.equal((await rig.ship(service, {})).code, 0);
        const first = await rig.status(service);
        const stable = first.service?.traffic[0]?.revision;
        const load = new SteadyLoad({
          url: first.service?.url ?? '',
          requestsPerSecond: 40,
          clients: 1000,
        });
        let hurt: string[];
        try {
          const killed = await rig.ship(service, version, {
            env: { NODE_OPTIONS: HOOK, KILL_AT: point },
          });
          assert.equal(killed.signal, 'SIGKILL', killed.stderr);
          const args = ['resume', ...rig.named(service), '--take-over'];
          let ended = await rig.run(args);
          if ((await rig.status(service)).rollout?.id === first.rollout?.id) {
            // It died before anybody knew of it, so it is begun anew.
            assert.notEqual(ended.code, 70, ended.stderr);
            ended = await rig.ship(service, version);
          }
          assert.equal(ended.code, outcome === 'promoted' ? 0 : 10, ended.stderr + ended.stdout);
          hurt = Object.keys(load.counts().hurt);
        } finally {
          load.stop();
        }

        const { service: have, rollout } = await rig.status(service);
        assert.equal(rollout?.outcome, outcome);
        const canaries = have?.revisions.filter((revision) => revision.name !== stable) ?? [];
        assert.equal(canaries.length, 1);
        const serving = outcome === 'promoted' ? canaries[0]?.name : stable;
        assert.deepEqual(
          have?.traffic
            .filter(({ percent }) => percent > 0)
            .map(({ revision, percent }) => [revision, percent]),
          [[serving, 100]],
        );
        assert.equal(have?.annotations['rollout.dev/active'], undefined);
        assert.deepEqual(
          hurt.filter((revision) => revision !== canaries[0]?.name),
          [],
        );
      }),
    );
    await Promise.all(cases);
  });
}
