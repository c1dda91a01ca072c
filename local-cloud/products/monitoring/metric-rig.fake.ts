import { after, before } from 'node:test';
import { v3 } from '@google-cloud/monitoring';
import type { protos } from '@google-cloud/monitoring';
import { LATENCY_BOUNDS_MS } from '../../data-plane/data-plane.ts';
import type { Counter } from '../../data-plane/data-plane.ts';
import type { RunningProtocol } from '../../protocol/start-protocol.ts';
import { clientOptions, startToyCloud } from '../../protocol/toy-cloud.fake.ts';
import { metricHandlers } from './metric-handlers.ts';

export type Request = protos.google.monitoring.v3.IListTimeSeriesRequest;

/** A multiple of 60. */
export const T = 1_800_000_000;
export const COUNT = 'metric.type = "run.googleapis.com/request_count"';
export const LATENCIES = 'metric.type = "run.googleapis.com/request_latencies"';
const shop = 'projects/p/locations/r/services/shop';
const services = [
  shop,
  'projects/p/locations/r/services/cart',
  'projects/q/locations/r/services/x',
];

function counter(
  [second, revision]: readonly [second: number, revision: string],
  byStatus: Record<string, number>,
  latency: Record<number, number>,
): Counter {
  const counts = Array.from(
    { length: LATENCY_BOUNDS_MS.length + 1 },
    (_, bucket) => latency[bucket] ?? 0,
  );
  const latencySumMs = Object.entries(latency).reduce((sum, [, n]) => sum + n * 10, 0);
  return {
    second,
    revision,
    byStatus,
    latency: counts,
    latencySumMs,
    errorClients: [],
    instances: [],
  };
}

const counters: Readonly<Record<string, readonly Counter[]>> = {
  'p/r/shop': [
    counter([T, 'shop-1'], { 200: 5 }, { 1: 5 }),
    counter([T + 59, 'shop-1'], { 200: 3, 500: 2 }, { 1: 1, 2: 4 }),
    counter([T + 60, 'shop-1'], { 200: 7 }, { 1: 7 }),
    counter([T + 61, 'shop-2'], { 503: 1 }, { 141: 1 }),
    counter([T + 121, 'shop-1'], { 200: 100 }, { 1: 100 }),
  ],
  'p/r/cart': [counter([T + 1, 'cart-1'], { 302: 4 }, { 0: 4 })],
  'q/r/x': [counter([T + 1, 'x-1'], { 200: 1 }, { 0: 1 })],
};

let nowMs = 0;
let lateMs: Record<string, number> = {};
let cloud: RunningProtocol;
/** Of a toy cloud with two services in project p; there once the tests of the file begin. */
export let client: v3.MetricServiceClient;

before(async () => {
  const metrics = metricHandlers({
    dataPlane: {
      readCounters: async (key, from, to) =>
        (counters[key] ?? []).filter(({ second }) => second >= from && second < to),
    },
    serviceNames: () => services,
    faults: { metricsDelayMs: (_, revision) => lateMs[revision] ?? 0 },
    clock: { now: () => new Date(nowMs) },
    periodSeconds: 60,
    delaySeconds: 180,
  });
  cloud = await startToyCloud({ handlers: { 'google.monitoring.v3.MetricService': metrics } });
  client = new v3.MetricServiceClient(clientOptions(cloud).grpc);
});

after(async () => {
  await client.close();
  await cloud.close();
});

/** Labels, then points as [seconds since T of start and end, value], newest first. */
export async function list(filter: string, request: Request = {}): Promise<unknown[]> {
  const [series] = await client.listTimeSeries({ ...asked(filter), ...request });
  return series.map(({ metric, resource, points, metricKind, valueType }) => ({
    of: Object.values({ ...resource?.labels, ...metric?.labels })
      .toSorted()
      .join(' '),
    is: `${metricKind} ${valueType}`,
    points: (points ?? []).map(({ interval, value }) => [
      Number(interval?.startTime?.seconds) - T,
      Number(interval?.endTime?.seconds) - T,
      valueOf(value),
    ]),
  }));
}

export function asked(filter: string): Request {
  return {
    name: 'projects/p',
    filter,
    interval: { startTime: { seconds: T }, endTime: { seconds: T + 180 } },
    view: 'FULL',
  };
}

function valueOf(value: protos.google.monitoring.v3.ITypedValue | null | undefined): unknown {
  if (value?.distributionValue) return value.distributionValue.bucketCounts?.map(Number);
  return Number(value?.int64Value ?? value?.doubleValue);
}

export function align(period: number, aligner: string, more: object = {}): Request {
  const aggregation = { alignmentPeriod: { seconds: period }, perSeriesAligner: aligner, ...more };
  return { aggregation } as Request;
}

export function atEnd(endSecond: number): void {
  nowMs = (T + endSecond + 180) * 1000;
  lateMs = {};
}

/** A fault: the metrics of some revisions come later. */
export function comeLate(late: Record<string, number>): void {
  lateMs = late;
}
