import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHistogram } from './distribution.ts';
import { readSeries } from './read-series.ts';
import type { Series } from './read-series.ts';
import { countRequest, latencyRequest } from './series-request.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const WINDOW = { startMs: START, tickSeconds: 60, ticks: 2 };
const REF = { project: 'p', region: 'europe-west1', service: 'shop' };

function counted(revision: string, answers: string, values: readonly (number | null)[]): Series {
  return {
    metric: { labels: { response_code_class: answers } },
    resource: { labels: { revision_name: revision } },
    points: values.flatMap((value, tick) =>
      value === null ? [] : [{ interval: endOf(tick), value: { int64Value: String(value) } }],
    ),
  };
}

function timed(revision: string, tick: number, bucketCounts: readonly number[]): Series {
  const distributionValue = {
    bucketOptions: { explicitBuckets: { bounds: [10, 20] } },
    bucketCounts: bucketCounts.map(String),
  };
  return {
    resource: { labels: { revision_name: revision } },
    points: [{ interval: endOf(tick), value: { distributionValue } }],
  };
}

function endOf(tick: number) {
  return { endTime: { seconds: String(START / 1000 + 60 * (tick + 1)) } };
}

test('classes of answers are summed by revision and tick, and no point is no data', () => {
  const series = [
    counted('shop-1', '2xx', [90, 80]),
    counted('shop-1', '5xx', [10, null]),
    counted('shop-2', '4xx', [null, 7]),
  ];
  const latencies = [timed('shop-1', 0, [50, 30, 20])];
  assert.deepEqual(readSeries(WINDOW, { counted: series, timed: latencies, counters: {} }), [
    {
      revision: 'shop-1',
      tick: 0,
      requests: 100,
      errors: 10,
      latency: { boundsMs: [10, 20], counts: [50, 30, 20] },
    },
    { revision: 'shop-1', tick: 1, requests: 80, errors: 0, latency: null },
    { revision: 'shop-2', tick: 1, requests: 7, errors: 0, latency: null },
  ]);
});

test('latencies that were sampled at another moment do not look like requests that hang', () => {
  const latencies = [timed('shop-1', 0, [40, 40])];
  const series = [counted('shop-1', '2xx', [100])];
  const [count] = readSeries(WINDOW, { counted: series, timed: latencies, counters: {} });
  assert.deepEqual(count?.latency, { boundsMs: [10, 20], counts: [50, 50, 0] });
});

test("counters of the service's own are counted beside its requests, from zero", () => {
  const series = [counted('shop-1', '2xx', [100, 50]), counted('shop-2', '2xx', [10, null])];
  const refunds = [counted('shop-1', '', [3, null]), counted('shop-9', '', [1, 1])];
  const counters = { refunds, never: [] };
  assert.deepEqual(
    readSeries(WINDOW, { counted: series, timed: [], counters }).map(
      ({ revision, tick, events }) => [revision, tick, events],
    ),
    [
      ['shop-1', 0, { refunds: 3, never: 0 }],
      ['shop-1', 1, { refunds: 0, never: 0 }],
      ['shop-2', 0, { refunds: 0, never: 0 }],
    ],
  );
});

test('every kind of buckets becomes bounds, and left out zeros are zeros', () => {
  const linear = { numFiniteBuckets: 2, width: 5, offset: 1 };
  const exponential = { numFiniteBuckets: 2, growthFactor: 2, scale: 3 };
  const bucketCounts = ['1', '2'];
  assert.deepEqual(
    [
      { linearBuckets: linear },
      { exponentialBuckets: exponential },
      { explicitBuckets: { bounds: [7] } },
      {},
    ].map((bucketOptions) => toHistogram({ bucketOptions, bucketCounts })),
    [
      { boundsMs: [1, 6, 11], counts: [1, 2, 0, 0] },
      { boundsMs: [3, 6, 12], counts: [1, 2, 0, 0] },
      { boundsMs: [7], counts: [1, 2] },
      null,
    ],
  );
});

test('both metrics are asked for with the window of the ticks', () => {
  const filter = (metric: string) =>
    `metric.type = "run.googleapis.com/${metric}" AND resource.type = "cloud_run_revision" AND resource.labels.service_name = "shop" AND resource.labels.location = "europe-west1"`;
  const expected = (metric: string, groupByFields: string[]) => ({
    name: 'projects/p',
    filter: filter(metric),
    interval: {
      startTime: { seconds: String(START / 1000) },
      endTime: { seconds: String(START / 1000 + 120) },
    },
    aggregation: {
      alignmentPeriod: { seconds: '60' },
      perSeriesAligner: 'ALIGN_DELTA',
      crossSeriesReducer: 'REDUCE_SUM',
      groupByFields,
    },
    view: 'FULL',
  });
  const revision = 'resource.labels.revision_name';
  assert.deepEqual(
    [countRequest(REF, WINDOW), latencyRequest(REF, WINDOW)],
    [
      expected('request_count', [revision, 'metric.labels.response_code_class']),
      expected('request_latencies', [revision]),
    ],
  );
});
