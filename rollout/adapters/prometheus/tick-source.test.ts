import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { FakeClock } from 'base/clock.fake.ts';
import { METRIC_NAMES } from './metric-names.ts';
import { PrometheusTickSource } from './tick-source.ts';

const FROM = '2026-01-01T00:00:00.000Z';
const START = Date.parse(FROM) / 1000;
const REQUEST = {
  ref: { project: 'p', region: 'europe-west1', service: 'shop' },
  canary: 'shop-2',
  stable: ['shop-1'],
  from: FROM,
  tickSeconds: 5,
  counters: {},
};

type Answer = (url: URL, request: IncomingMessage) => { status: number; body: unknown };

let answer: Answer;
const asked: URL[] = [];
const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const url = new URL(request.url ?? '', 'http://prometheus');
  asked.push(url);
  const { status, body } = answer(url, request);
  response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
});
let address = '';

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());

/** Two minutes and a scrape after the first tick wanted. */
function open(token: string | null = null): PrometheusTickSource {
  asked.length = 0;
  const clock = new FakeClock({ now: '2026-01-01T00:02:15.000Z', instant: true });
  const names = METRIC_NAMES.istio;
  return new PrometheusTickSource({
    url: address,
    token,
    names,
    scrapeSeconds: 15,
    clock,
    random: () => 0,
  });
}

/** As Prometheus answers: one list of points for each set of labels. */
function matrix(
  labelName: string,
  rows: readonly (readonly [string, string, readonly string[]])[],
) {
  const result = rows.map(([revision, label, values]) => ({
    metric: { destination_canonical_revision: revision, [labelName]: label },
    values: values.map((value, tick) => [START + 60 * (tick + 1), value]),
  }));
  return { status: 'success', data: { resultType: 'matrix', result } };
}

const REQUESTS = matrix('response_code', [
  ['shop-1', '200', ['90.4', '60']],
  ['shop-1', '503', ['9.8', 'NaN']],
  ['shop-2', '200', ['10']],
]);
const BUCKETS = matrix('le', [
  ['shop-1', '10', ['51', '30']],
  ['shop-1', '100', ['102', '45']],
  ['shop-1', '+Inf', ['102', '60']],
]);

test('ranges of counters become ticks, with errors and latencies', async () => {
  answer = (url) => ({
    status: 200,
    body: url.searchParams.get('query')?.includes('_bucket') ? BUCKETS : REQUESTS,
  });
  assert.deepEqual(await open().readTicks(REQUEST), [
    {
      startAt: '2026-01-01T00:00:00.000Z',
      seconds: 60,
      canary: { requests: 10, errors: 0, latency: null },
      stable: {
        requests: 100,
        errors: 10,
        latency: { boundsMs: [10, 100], counts: [50, 50, 0] },
      },
    },
    {
      startAt: '2026-01-01T00:01:00.000Z',
      seconds: 60,
      canary: null,
      stable: { requests: 60, errors: 0, latency: { boundsMs: [10, 100], counts: [30, 15, 15] } },
    },
  ]);
  const labels = 'destination_canonical_service="shop"';
  assert.deepEqual(
    asked.map((url) => [url.pathname, Object.fromEntries(url.searchParams)]),
    [
      ['destination_canonical_revision, response_code', `istio_requests_total{${labels}}[60s]`],
      [
        'destination_canonical_revision, le',
        `istio_request_duration_milliseconds_bucket{${labels}}[60s]`,
      ],
    ].map(([by, range]) => [
      '/api/v1/query_range',
      {
        query: `sum by (${by}) (increase(${range}))`,
        start: `${START + 60}`,
        end: `${START + 120}`,
        step: '60',
      },
    ]),
  );
});

test("a counter of the service's own is asked for with the same labels", async () => {
  answer = (url) => {
    const query = url.searchParams.get('query') ?? '';
    if (query.includes('refunds')) {
      return { status: 200, body: matrix('', [['shop-1', '', ['4.2', '0']]]) };
    }
    return { status: 200, body: query.includes('_bucket') ? BUCKETS : REQUESTS };
  };
  const counters = { refunds: 'shop_refunds_total' };
  const ticks = await open().readTicks({ ...REQUEST, counters });
  assert.deepEqual(
    ticks.map(({ canary, stable }) => [canary?.events, stable?.events]),
    [
      [{ refunds: 0 }, { refunds: 4 }],
      [undefined, { refunds: 0 }],
    ],
  );
  assert.equal(
    asked.at(-1)?.searchParams.get('query'),
    'sum by (destination_canonical_revision) (increase(shop_refunds_total{destination_canonical_service="shop"}[60s]))',
  );
});

test('no tick is complete before its samples can be there, and nobody is asked', async () => {
  const source = open();
  assert.deepEqual(await source.readTicks({ ...REQUEST, from: '2026-01-01T00:01:20.000Z' }), []);
  assert.equal(asked.length, 0);
  assert.deepEqual(await source.describe(), { tickSeconds: 60, delaySeconds: 15 });
});

test('a metric without series is no data', async () => {
  answer = () => ({ status: 200, body: matrix('le', []) });
  const ticks = await open().readTicks(REQUEST);
  assert.deepEqual(
    ticks.map(({ canary, stable }) => [canary, stable]),
    [
      [null, null],
      [null, null],
    ],
  );
});

test('a Prometheus in trouble is asked again, and then the metrics are not available', async () => {
  answer = () => ({ status: 503, body: 'starting up' });
  await assert.rejects(open().readTicks(REQUEST), {
    code: 'metrics_unavailable',
    message: `No metrics of Prometheus at ${address}: status 503, starting up`,
  });
  assert.equal(asked.length, 3);
  answer = () => ({ status: 200, body: 'not JSON' });
  await assert.rejects(open().readTicks(REQUEST), { code: 'metrics_unavailable' });
});

test('the token is sent; a refusal is final', async () => {
  const seen: (string | undefined)[] = [];
  answer = (_, { headers }) => {
    seen.push(headers.authorization);
    return { status: 401, body: 'who are you' };
  };
  await assert.rejects(open('key').readTicks(REQUEST), { code: 'metrics_denied' });
  assert.deepEqual(seen, ['Bearer key']);
});
