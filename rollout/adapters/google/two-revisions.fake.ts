import assert from 'node:assert/strict';
import { systemClock } from 'base/clock.ts';
import type { Effect, RevisionTemplate } from '../../engine/plan/effect.ts';
import type { Have, ServiceRef } from '../../engine/plan/have.ts';
import type { TickSource } from '../../engine/judge/tick-source.ts';
import type { Arm, Tick } from '../../engine/judge/tick.ts';
import { CloudRunPlatform } from '../cloud-run/platform.ts';
import { grpcOptions } from './grpc-options.ts';
import type { LocalCloudFake } from './local-cloud.fake.ts';

const REF: ServiceRef = { project: 'local', region: 'here', service: 'shop' };
/** Answers with the status that its path names. */
const APP = `require('node:http').createServer(({ url }, response) => response.writeHead(Number(url.slice(1))).end()).listen(process.env.PORT)`;

const template: RevisionTemplate = {
  image: 'app',
  command: [process.execPath],
  args: ['-e', APP],
  port: 8080,
  env: {},
  secrets: {},
  cpu: '1',
  memory: '512Mi',
  concurrency: 80,
  timeoutMs: 10_000,
  maxInstances: 1,
  labels: {},
};

/** `shop-1` with all traffic, and `shop-2` behind the tag `next`. */
async function deployTwo(cloud: LocalCloudFake): Promise<Have> {
  const platform = new CloudRunPlatform({
    grpcOptions: () => grpcOptions(cloud.grpc),
    clock: systemClock,
    random: Math.random,
  });
  const apply = async (effect: Effect): Promise<Have> => {
    const etag = (await platform.readService(REF))?.etag ?? null;
    const deadline = new Date(Date.now() + 30_000);
    await platform.finish(await platform.begin(REF, effect, etag), deadline);
    const have = await platform.readService(REF);
    assert.ok(have);
    return have;
  };
  const made = { template, minInstances: 0 };
  const first = { kind: 'createService', revision: 'shop-1', tag: 'one', annotations: {} } as const;
  await apply({ ...first, ...made });
  const traffic = [
    { revision: 'shop-1', percent: 100 },
    { revision: 'shop-2', percent: 0, tag: 'next' },
  ];
  const have = await apply({ kind: 'deployRevision', revision: 'shop-2', traffic, ...made });
  await platform.close();
  return have;
}

/** What a source must have counted after `useTwo`, however the ticks lie. */
export const USED = {
  canary: { requests: 12, errors: 2, timed: 12 },
  stable: { requests: 20, errors: 0, timed: 20 },
};

/**
 * Deploys two revisions, sends requests to both, and gives what a source counts of them once it has
 * counted as many, or after 20 s.
 */
export async function useTwo(cloud: LocalCloudFake, source: TickSource): Promise<typeof USED> {
  const from = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
  const { url, served } = await deployTwo(cloud);
  const next = served.find(({ tag }) => tag === 'next')?.url ?? '';
  const asked = [
    ...Array.from({ length: 10 }, () => `${next}/200`),
    ...Array.from({ length: 2 }, () => `${next}/503`),
    ...Array.from({ length: 20 }, () => `${url}/404`),
  ];
  for (const address of asked) await (await fetch(address)).text();
  const request = {
    ref: REF,
    canary: 'shop-2',
    stable: ['shop-1'],
    from,
    tickSeconds: 1,
    counters: {},
  };
  const giveUpAtMs = performance.now() + 20_000;
  for (;;) {
    const ticks = await source.readTicks(request);
    const counted = { canary: sumOf(ticks, 'canary'), stable: sumOf(ticks, 'stable') };
    const isWhole = counted.canary.requests >= 12 && counted.stable.requests >= 20;
    if (isWhole || performance.now() > giveUpAtMs) return counted;
    await systemClock.sleep(100);
  }
}

function sumOf(ticks: readonly Tick[], name: 'canary' | 'stable') {
  const arms = ticks.map((tick) => tick[name]).filter((arm): arm is Arm => arm !== null);
  const sum = (of: (arm: Arm) => number) => arms.reduce((total, arm) => total + of(arm), 0);
  return {
    requests: sum(({ requests }) => requests),
    errors: sum(({ errors }) => errors),
    timed: sum(({ latency }) => (latency?.counts ?? []).reduce((total, one) => total + one, 0)),
  };
}
