import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isQuick, recordSection } from '../measure/record.ts';
import type { PacedOrder, PacedResult } from './send-paced.ts';
import type { SteadyOrder, SteadyResult } from './send-steady.ts';
import { Shop } from './shop.ts';

const PER_SECOND = 1000;
const SECONDS = isQuick ? 2 : 6;
const ROUNDS = isQuick ? 1 : 5;
const REQUESTS = isQuick ? 5000 : 120_000;
const CONNECTIONS = 32;

/** Runs a sender in a process of its own, beside the router's and the service's. */
async function send<T>(sender: string, order: object): Promise<T> {
  const child = fork(fileURLToPath(new URL(sender, import.meta.url)), [JSON.stringify(order)]);
  const [result] = (await once(child, 'message')) as [T];
  return result;
}

interface Added {
  readonly direct: number[];
  readonly routed: number[];
}

/** The same instance, reached at its own port and through the router, in turns. */
async function measureAdded(): Promise<Added> {
  return Shop.open(async (shop) => {
    await shop.deploy('shop-1');
    await shop.route({ 'shop-1': 100 });
    const url = await shop.url();
    const port = await (await fetch(`${url}/port`)).text();
    const added: Added = { direct: [], routed: [] };
    for (let round = 0; round < ROUNDS; round++) {
      added.direct.push(...(await sendPaced(`http://127.0.0.1:${port}/`)));
      added.routed.push(...(await sendPaced(`${url}/`)));
    }
    return added;
  });
}

function sendPaced(url: string): Promise<PacedResult> {
  const order: PacedOrder = { url, perSecond: PER_SECOND, seconds: SECONDS };
  return send<PacedResult>('send-paced.ts', order);
}

interface Steady {
  readonly byStatus: SteadyResult;
  readonly seconds: number;
  weightChanges: number;
  takenBack: number;
}

/** Canaries come, get more and more traffic and are taken back, as long as requests come. */
async function measureLost(): Promise<Steady> {
  return Shop.open(async (shop) => {
    await shop.deploy('shop-1');
    await shop.route({ 'shop-1': 100 });
    const order: SteadyOrder = {
      url: await shop.url(),
      connections: CONNECTIONS,
      requests: REQUESTS,
    };
    const done = { weightChanges: 0, takenBack: 0 };
    const startedAtMs = performance.now();
    const clock = { seconds: 0 };
    const sending = send<SteadyResult>('send-steady.ts', order).finally(() => {
      clock.seconds = (performance.now() - startedAtMs) / 1000;
    });
    for (let nr = 2; clock.seconds === 0; nr++) {
      await shop.deploy(`shop-${nr}`);
      for (const percent of [10, 50, 100, 25, 75]) {
        await shop.route({ 'shop-1': 100 - percent, [`shop-${nr}`]: percent });
        done.weightChanges++;
      }
      await shop.takeBack(`shop-${nr}`, 'shop-1');
      done.takenBack++;
    }
    const byStatus = await sending;
    return { ...done, byStatus, seconds: clock.seconds };
  });
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * sorted.length)] ?? NaN;
}

function row(name: string, values: readonly number[]): Record<string, string | number> {
  const at = (share: number) => quantile(values, share);
  return { '': name, 'median ms': at(0.5), 'p95 ms': at(0.95), 'p99 ms': at(0.99) };
}

const { direct, routed } = await measureAdded();
await recordSection({
  title: 'Router of local-cloud: latency',
  setup: `A service that says hello, asked ${PER_SECOND.toLocaleString('en-US')} times a second at its own port and as often through the router, in turns: ${ROUNDS} times ${SECONDS} s each. Client, router and service are a process each.`,
  rows: [row('direct', direct), row('through the router', routed)],
  targets: [
    {
      claim: 'Added at the median',
      measured: quantile(routed, 0.5) - quantile(direct, 0.5),
      bound: { atMost: 0.5 },
      unit: ' ms',
    },
  ],
});

const { byStatus, seconds, weightChanges, takenBack } = await measureLost();
const answered = Object.values(byStatus).reduce((sum, count) => sum + count, 0);
await recordSection({
  title: 'Router of local-cloud: lost requests',
  setup: `${REQUESTS.toLocaleString('en-US')} requests, every other one with a body, on ${CONNECTIONS} connections without a pause, while canaries are deployed, get 10 to 100 % of the traffic, and are taken back and removed with requests on them.`,
  rows: [
    {
      requests: answered,
      'requests/s': answered / seconds,
      'weight changes': weightChanges,
      'canaries taken back': takenBack,
      'not answered 200': answered - (byStatus[200] ?? 0),
    },
  ],
  targets: [
    { claim: 'Requests', measured: answered, bound: { atLeast: 100_000 } },
    { claim: 'Failed', measured: answered - (byStatus[200] ?? 0), bound: { atMost: 0 } },
  ],
});
