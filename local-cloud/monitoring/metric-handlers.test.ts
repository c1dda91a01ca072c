import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { v3 } from '@google-cloud/monitoring';
import type { protos } from '@google-cloud/monitoring';
import { LATENCY_BOUNDS_MS } from '../data-plane/data-plane.ts';
import type { Counter } from '../data-plane/data-plane.ts';
import type { RunningProtocol } from '../protocol/start-protocol.ts';
import { clientOptions, startToyCloud } from '../protocol/toy-cloud.fake.ts';
import { metricHandlers } from './metric-handlers.ts';

type Request = protos.google.monitoring.v3.IListTimeSeriesRequest;

/** A multiple of 60. */
const T = 1_800_000_000;
const COUNT = 'metric.type = "run.googleapis.com/request_count"';
const LATENCIES = 'metric.type = "run.googleapis.com/request_latencies"';
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
let client: v3.MetricServiceClient;

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
async function list(filter: string, request: Request = {}): Promise<unknown[]> {
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

function asked(filter: string): Request {
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

function align(period: number, aligner: string, more: object = {}): Request {
  const aggregation = { alignmentPeriod: { seconds: period }, perSeriesAligner: aligner, ...more };
  return { aggregation } as Request;
}

function atEnd(endSecond: number): void {
  nowMs = (T + endSecond + 180) * 1000;
  lateMs = {};
}

describe('raw points of request_count', () => {
  const first = [0, 60, 8];
  test('are DELTAs at multiples of the period, newest first, a series for each status', async () => {
    atEnd(180);
    assert.deepEqual(await list(`${COUNT} AND resource.labels.service_name = "shop"`), [
      {
        of: '200 2xx p r shop shop shop-1',
        is: 'DELTA INT64',
        points: [[120, 180, 100], [60, 120, 7], first],
      },
      { of: '500 5xx p r shop shop shop-1', is: 'DELTA INT64', points: [[0, 60, 2]] },
      { of: '503 5xx p r shop shop shop-2', is: 'DELTA INT64', points: [[60, 120, 1]] },
    ]);
  });

  test('are not there before their delay is over, and no points is no series', async () => {
    atEnd(119);
    assert.deepEqual(await list(`${COUNT} AND resource.labels.service_name = "shop"`), [
      { of: '200 2xx p r shop shop shop-1', is: 'DELTA INT64', points: [first] },
      { of: '500 5xx p r shop shop shop-1', is: 'DELTA INT64', points: [[0, 60, 2]] },
    ]);
  });

  test('come late, or never, by a fault of the revision', async () => {
    const of = `${COUNT} AND resource.labels.service_name = "shop" AND metric.labels.response_code_class = "5xx"`;
    atEnd(180);
    lateMs = { 'shop-1': 120_000, 'shop-2': Infinity };
    assert.deepEqual(await list(of), [
      { of: '500 5xx p r shop shop shop-1', is: 'DELTA INT64', points: [[0, 60, 2]] },
    ]);
    lateMs = { 'shop-1': 121_000, 'shop-2': Infinity };
    assert.deepEqual(await list(of), []);
  });

  test('end after the start of the interval and not after its end', async () => {
    atEnd(180);
    const interval = { startTime: { seconds: T + 60 }, endTime: { seconds: T + 179 } };
    assert.deepEqual(await list(`${COUNT} AND metric.labels.response_code = "200"`, { interval }), [
      { of: '200 2xx p r shop shop shop-1', is: 'DELTA INT64', points: [[60, 120, 7]] },
    ]);
  });
});

describe('filters', () => {
  const cases: readonly [says: string, filter: string, revisions: readonly string[]][] = [
    [
      'one of values',
      'resource.labels.service_name = one_of("shop", "none")',
      ['shop-1', 'shop-1', 'shop-2'],
    ],
    ['a prefix', 'resource.label.revision_name = starts_with("cart")', ['cart-1']],
    ['not a prefix', "resource.labels.revision_name != starts_with('shop')", ['cart-1']],
    ['inequality', 'metric.labels.response_code_class != "2xx"', ['cart-1', 'shop-1', 'shop-2']],
    ['NOT', 'NOT metric.label.response_code = "200"', ['cart-1', 'shop-1', 'shop-2']],
    [
      'OR',
      '(metric.labels.response_code = 503 OR metric.labels.response_code = "302")',
      ['cart-1', 'shop-2'],
    ],
    [
      'nested',
      'NOT (resource.labels.location = "r" AND resource.labels.service_name != "cart")',
      ['cart-1'],
    ],
    ['another project', 'project = "q"', []],
    ['another type of resource', 'resource.type = "gce_instance"', []],
  ];
  for (const [says, filter, revisions] of cases) {
    test(says, async () => {
      atEnd(180);
      const [series] = await client.listTimeSeries(asked(`${COUNT} AND ${filter}`));
      const found = series.map(({ resource }) => resource?.labels?.['revision_name'] ?? '');
      assert.deepEqual(found.toSorted(), revisions);
    });
  }
});

describe('aggregation', () => {
  const of = `${COUNT} AND resource.labels.service_name = "shop"`;
  const latencyOf = `${LATENCIES} AND resource.labels.service_name = "shop"`;
  const until = (second: number) => ({
    interval: { startTime: { seconds: T }, endTime: { seconds: T + second } },
  });
  const sumBy = (...groupByFields: string[]) => ({
    crossSeriesReducer: 'REDUCE_SUM',
    groupByFields,
  });

  test('is by windows that end with the interval', async () => {
    atEnd(180);
    const request = { ...align(60, 'ALIGN_DELTA', sumBy()), ...until(121) };
    const points = [
      [61, 121, 1],
      [1, 61, 12],
      [-59, 1, 5],
    ];
    assert.deepEqual(await list(of, request), [{ of: 'p', is: 'DELTA INT64', points }]);
  });

  test('as a rate is in requests a second', async () => {
    atEnd(180);
    const request = align(180, 'ALIGN_RATE');
    assert.deepEqual(await list(`${of} AND metric.labels.response_code = "500"`, request), [
      {
        of: '500 5xx p r shop shop shop-1',
        is: 'GAUGE DOUBLE',
        points: [[180, 180, 2 / 180]],
      },
    ]);
  });

  test('across series keeps the labels that are grouped by', async () => {
    atEnd(180);
    const by = sumBy('resource.labels.revision_name', 'metric.label.response_code_class');
    const newest = [
      [120, 180, 100],
      [60, 120, 7],
      [0, 60, 8],
    ];
    assert.deepEqual(await list(of, align(60, 'ALIGN_DELTA', by)), [
      { of: '2xx p shop-1', is: 'DELTA INT64', points: newest },
      { of: '5xx p shop-1', is: 'DELTA INT64', points: [[0, 60, 2]] },
      { of: '5xx p shop-2', is: 'DELTA INT64', points: [[60, 120, 1]] },
    ]);
    assert.deepEqual(await list(COUNT, align(180, 'ALIGN_SUM', sumBy())), [
      { of: 'p', is: 'DELTA INT64', points: [[0, 180, 122]] },
    ]);
  });

  test('a second time takes what the first gave', async () => {
    atEnd(180);
    const secondary = align(180, 'ALIGN_SUM', sumBy('resource.labels.revision_name'));
    const request = {
      ...align(60, 'ALIGN_RATE'),
      secondaryAggregation: secondary.aggregation,
    } as Request;
    assert.deepEqual(await list(`${of} AND metric.labels.response_code_class = "5xx"`, request), [
      { of: 'p shop-1', is: 'GAUGE DOUBLE', points: [[180, 180, 2 / 60]] },
      { of: 'p shop-2', is: 'GAUGE DOUBLE', points: [[180, 180, 1 / 60]] },
    ]);
  });

  test('merges distributions', async () => {
    atEnd(180);
    const request = { ...align(120, 'ALIGN_DELTA', sumBy()), ...until(120) };
    const counts = Array.from({ length: 142 }, (_, at) => ({ 1: 13, 2: 4, 141: 1 })[at] ?? 0);
    assert.deepEqual(await list(latencyOf, request), [
      { of: 'p', is: 'DELTA DISTRIBUTION', points: [[0, 120, counts]] },
    ]);
  });

  test('to a percentile reads a bucket as if its values were spread evenly', async () => {
    atEnd(180);
    // Six from 1 to 1.1 ms, then four to 1.21 ms: half is five of six, 95 % is 3.5 of four.
    const half = await list(latencyOf, { ...align(60, 'ALIGN_PERCENTILE_50'), ...until(60) });
    assert.deepEqual(rounded(half), [
      { of: 'p r shop shop shop-1', is: 'GAUGE DOUBLE', points: [[60, 60, 1.083333]] },
    ]);
    const reduce = { crossSeriesReducer: 'REDUCE_PERCENTILE_95' };
    const most = await list(latencyOf, { ...align(60, 'ALIGN_DELTA', reduce), ...until(60) });
    assert.deepEqual(rounded(most), [{ of: 'p', is: 'GAUGE DOUBLE', points: [[60, 60, 1.19625]] }]);
  });

  test('gives nothing before the delay of its period is over', async () => {
    atEnd(59);
    assert.deepEqual(await list(of, { ...align(60, 'ALIGN_DELTA'), ...until(60) }), []);
  });
});

test('a distribution has its count, its mean and exponential buckets', async () => {
  atEnd(180);
  const [[series]] = await client.listTimeSeries({
    ...asked(`${LATENCIES} AND resource.labels.service_name = "cart"`),
  });
  const { distributionValue } = series?.points?.[0]?.value ?? {};
  assert.deepEqual(JSON.parse(JSON.stringify(distributionValue)), {
    count: '4',
    mean: 10,
    bucketOptions: {
      exponentialBuckets: { numFiniteBuckets: 140, growthFactor: 1.1, scale: 1 },
      // Which of the three kinds it is, as the client adds it.
      options: 'exponentialBuckets',
    },
    bucketCounts: ['4'],
    exemplars: [],
    range: null,
    sumOfSquaredDeviation: 0,
  });
});

test('pages count points, or series when only heads are asked for', async () => {
  atEnd(180);
  const filter = `${COUNT} AND resource.labels.service_name = "shop"`;
  const pages = async (request: Request) => {
    const sizes: number[][] = [];
    let pageToken = '';
    do {
      const asking = { ...asked(filter), ...request, pageToken };
      const [, , answer] = await client.listTimeSeries(asking, { autoPaginate: false });
      sizes.push((answer.timeSeries ?? []).map(({ points }) => points?.length ?? 0));
      pageToken = answer.nextPageToken ?? '';
    } while (pageToken !== '');
    return sizes;
  };
  assert.deepEqual(await pages({ pageSize: 2 }), [[2], [1, 1], [1]]);
  assert.deepEqual(await pages({ pageSize: 2, view: 'HEADERS' }), [[0, 0], [0]]);
  assert.deepEqual(await pages({}), [[3, 1, 1]]);
});

describe('refuses', () => {
  const refused: readonly [says: string, request: Request, message: RegExp][] = [
    ['no metric', asked('resource.type = "cloud_run_revision"'), /^3 .* must name one metric/],
    ['two metrics', asked(`${COUNT} AND ${LATENCIES}`), /^3 .* must name one metric/],
    ['a metric that is not there', asked('metric.type = "a"'), /^5 .* no metric has the type a/],
    ['an unknown field', asked(`${COUNT} AND metric.labels.code = "1"`), /^3 .* no such field/],
    ['an unknown function', asked(`${COUNT} AND metric.type = near("x")`), /^3 .* this function/],
    ['an unknown operator', asked('metric.type > "x"'), /^3 .* character 13, .* expected =/],
    ['a quote that does not end', asked('metric.type = "x'), /^3 .* no text in quotes/],
    [
      'AND beside OR',
      asked(`${COUNT} AND project = "p" OR project = "q"`),
      /^3 .* side by side: expected parentheses/,
    ],
    [
      'a reducer without an aligner',
      { ...asked(COUNT), aggregation: { crossSeriesReducer: 'REDUCE_SUM' } },
      /^3 .* REDUCE_SUM needs a per_series_aligner/,
    ],
    ['a period below the metric’s', { ...asked(COUNT), ...align(30, 'ALIGN_DELTA') }, /^3 .* 60 s/],
    ['no period', { ...asked(COUNT), ...align(0, 'ALIGN_DELTA') }, /^3 .* expected whole seconds/],
    [
      'a percentile of counts',
      { ...asked(COUNT), ...align(60, 'ALIGN_PERCENTILE_99') },
      /^3 .* does not take series of DELTA INT64/,
    ],
    [
      'an aligner that is not modelled',
      { ...asked(COUNT), ...align(60, 'ALIGN_STDDEV') },
      /^12 .* does not model ALIGN_STDDEV/,
    ],
    [
      'latencies by status',
      asked(`${LATENCIES} AND metric.labels.response_code = "200"`),
      /^12 .* does not keep latencies by response_code/,
    ],
    [
      'an interval that ends before it starts',
      { ...asked(COUNT), interval: { startTime: { seconds: T }, endTime: { seconds: T - 1 } } },
      /^3 .* is after end_time/,
    ],
    [
      'a page that nobody gave',
      { ...asked(COUNT), pageToken: 'x' },
      /^3 .* not one that was given/,
    ],
  ];
  for (const [says, request, message] of refused) {
    test(says, async () => {
      await assert.rejects(client.listTimeSeries(request, { autoPaginate: false }), { message });
    });
  }
});

describe('descriptors', () => {
  const name = 'projects/p/metricDescriptors/run.googleapis.com/request_latencies';

  test('say how often and how late there are points', async () => {
    const [descriptor] = await client.getMetricDescriptor({ name });
    const { type, metricKind, valueType, unit, metadata, labels } = descriptor;
    assert.deepEqual(
      [descriptor.name, type, metricKind, valueType, unit, labels?.map(({ key }) => key)],
      [
        name,
        'run.googleapis.com/request_latencies',
        'DELTA',
        'DISTRIBUTION',
        'ms',
        ['response_code', 'response_code_class'],
      ],
    );
    assert.equal(Number(metadata?.samplePeriod?.seconds), 60);
    assert.equal(Number(metadata?.ingestDelay?.seconds), 180);
  });

  test('can be listed and filtered', async () => {
    const listed = async (filter: string) => {
      const [found] = await client.listMetricDescriptors({ name: 'projects/p', filter });
      return found.map(({ type }) => type);
    };
    const both = ['run.googleapis.com/request_count', 'run.googleapis.com/request_latencies'];
    assert.deepEqual(await listed(''), both);
    assert.deepEqual(await listed('metric.type = starts_with("run.googleapis.com/")'), both);
    assert.deepEqual(await listed(COUNT), both.slice(0, 1));
    await assert.rejects(
      client.getMetricDescriptor({ name: 'projects/p/metricDescriptors/run.googleapis.com/cpu' }),
      { code: 5 },
    );
  });

  test('tell the labels of the resource', async () => {
    const [[revision, ...others]] = await client.listMonitoredResourceDescriptors({
      name: 'projects/p',
    });
    assert.deepEqual(others, []);
    assert.deepEqual(
      [revision?.type, revision?.labels?.map(({ key }) => key)],
      [
        'cloud_run_revision',
        ['project_id', 'service_name', 'revision_name', 'location', 'configuration_name'],
      ],
    );
  });
});

function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, one: unknown) =>
      typeof one === 'number' ? Math.round(one * 1e6) / 1e6 : one,
    ),
  );
}
