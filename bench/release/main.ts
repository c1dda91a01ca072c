import { SteadyLoad } from '../../rollout/demo/steady-load.ts';
import { returnMs } from '../../journeys/release/return-ms.ts';
import { ReleaseRig } from '../../journeys/release/release-rig.ts';
import { isQuick, recordSection } from '../measure/record.ts';

const REQUESTS_PER_SECOND = isQuick ? 200 : 1000;
const ENOUGH = isQuick ? 3000 : 100_000;
const SERVICE = 'shop';

/** Releases of a service under load until enough was asked, good and bad in turns. */
const rig = await ReleaseRig.open();
const returnsMs: number[] = [];
const canaries = new Set<string>();
let promoted = 0;
let counts = { served: 0, hurt: {} as Readonly<Record<string, number>> };
try {
  await rig.ship(SERVICE, {});
  const { service } = await rig.status(SERVICE);
  const url = service?.url ?? '';
  const load = new SteadyLoad({ url, requestsPerSecond: REQUESTS_PER_SECOND, clients: 10_000 });
  while (load.counts().served < ENOUGH) {
    if ((await rig.ship(SERVICE, { delayMs: 2 + promoted })).code === 0) promoted++;
    await rig.killCloud();
    await rig.restartCloud();
    await rig.ship(SERVICE, { delayMs: 2, errorShare: 0.05 });
    const { rollout } = await rig.status(SERVICE);
    if (rollout?.outcome !== 'rolledBack') throw new Error('a bad release was not taken back');
    canaries.add(rollout.canary);
    returnsMs.push(returnMs(await rig.history(SERVICE, rollout.id)));
  }
  counts = load.counts();
  load.stop();
} finally {
  await rig.close();
}

const hurt = Object.entries(counts.hurt);
const byCanaries = sum(hurt.filter(([revision]) => canaries.has(revision)));
const byOthers = sum(hurt.filter(([revision]) => !canaries.has(revision)));

await recordSection({
  title: 'Releases under load',
  setup: `${REQUESTS_PER_SECOND} requests a second to a service of local-cloud, while \`rollout deploy\` ships a good version (promoted), the control plane dies by SIGKILL and starts again, and a version with 5 % errors is shipped (taken back); in turns.`,
  rows: [
    {
      'requests answered well': counts.served,
      'hurt by bad canaries': byCanaries,
      'failed otherwise': byOthers,
      'versions promoted': promoted,
      'versions taken back': returnsMs.length,
      'control planes killed': returnsMs.length,
    },
  ],
  targets: [
    { claim: 'Requests in all', measured: counts.served, bound: { atLeast: ENOUGH } },
    {
      claim: 'Requests that failed and that no bad canary failed',
      measured: byOthers,
      bound: { atMost: 0 },
    },
    {
      claim: 'From the decision to all traffic moved, the slowest',
      measured: Math.max(...returnsMs),
      bound: { atMost: 1000 },
      unit: ' ms',
    },
  ],
});

function sum(entries: readonly (readonly [string, number])[]): number {
  return entries.reduce((total, [, count]) => total + count, 0);
}
