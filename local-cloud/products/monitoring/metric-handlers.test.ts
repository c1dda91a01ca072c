import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  T,
  COUNT,
  LATENCIES,
  list,
  asked,
  align,
  atEnd,
  client,
  comeLate,
} from './metric-rig.fake.ts';
import type { Request } from './metric-rig.fake.ts';

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
    comeLate({ 'shop-1': 120_000, 'shop-2': Infinity });
    assert.deepEqual(await list(of), [
      { of: '500 5xx p r shop shop shop-1', is: 'DELTA INT64', points: [[0, 60, 2]] },
    ]);
    comeLate({ 'shop-1': 121_000, 'shop-2': Infinity });
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

function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, one: unknown) =>
      typeof one === 'number' ? Math.round(one * 1e6) / 1e6 : one,
    ),
  );
}
