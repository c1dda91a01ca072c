import { MetricServiceClient } from '@google-cloud/monitoring';
import { RevisionsClient, ServicesClient } from '@google-cloud/run';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { BegunCall, Handlers } from './handler.ts';
import type { RunningProtocol } from './start-protocol.ts';
import { StatusError } from './status-error.ts';
import { clientOptions, startToyCloud } from './toy-cloud.fake.ts';

const parent = 'projects/p/locations/europe-west1';
const name = `${parent}/services/shop`;
const operation = `${parent}/operations/one`;
const traffic = [
  { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision: 'shop-1', percent: 100 },
];
const service = { name, generation: '3', createTime: '2026-01-02T03:04:05.006Z', traffic };
const packed = { '@type': 'type.googleapis.com/google.cloud.run.v2.Service', ...service };

const seen: BegunCall[] = [];

const handlers: Handlers = {
  'google.cloud.run.v2.Services': {
    GetService: async () => service,
    CreateService: async () => ({ name: operation, done: false, metadata: packed }),
    UpdateService: async () => {
      throw new StatusError('ABORTED', 'the etag is old', [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'CONFLICT',
          domain: 'run.googleapis.com',
        },
      ]);
    },
  },
  'google.cloud.run.v2.Revisions': {
    ListRevisions: async (request: { pageToken?: string }) =>
      request.pageToken === undefined
        ? { revisions: [{ name: `${name}/revisions/shop-2` }], nextPageToken: 'more' }
        : { revisions: [{ name: `${name}/revisions/shop-1` }] },
  },
  'google.longrunning.Operations': {
    GetOperation: async () => ({ name: operation, done: true, response: packed }),
  },
  'google.monitoring.v3.MetricService': {
    ListTimeSeries: async () => ({
      timeSeries: [
        {
          metric: { type: 'run.googleapis.com/request_count', labels: { response_code: '200' } },
          metricKind: 'DELTA',
          valueType: 'INT64',
          points: [
            {
              interval: { startTime: '2026-01-02T03:04:00Z', endTime: '2026-01-02T03:05:00Z' },
              value: { int64Value: '1200' },
            },
          ],
        },
      ],
    }),
  },
};

const create = {
  parent,
  serviceId: 'shop',
  service: { template: { containers: [{ image: 'shop:1', env: [{ name: 'A', value: 'b' }] }] } },
};

let cloud: RunningProtocol;

before(async () => {
  cloud = await startToyCloud({ handlers, before: (call) => void seen.push(call) });
});

after(() => cloud.close());

for (const transport of ['grpc', 'rest'] as const) {
  describe(`Google's own clients over ${transport}`, () => {
    let services: ServicesClient;
    let revisions: RevisionsClient;
    let metrics: MetricServiceClient;

    before(() => {
      const options = clientOptions(cloud)[transport];
      services = new ServicesClient(options);
      revisions = new RevisionsClient(options);
      metrics = new MetricServiceClient(options);
    });

    after(() => Promise.all([services.close(), revisions.close(), metrics.close()]));

    test('get a message', async () => {
      const [got] = await services.getService({ name });
      assert.equal(got.name, name);
      assert.equal(got.traffic?.[0]?.revision, 'shop-1');
      assert.equal(String(got.generation), '3');
      assert.deepEqual(
        [Number(got.createTime?.seconds), got.createTime?.nanos],
        [Date.parse('2026-01-02T03:04:05Z') / 1000, 6_000_000],
      );
    });

    test('send a message in the names of the JSON mapping', async () => {
      await services.createService(create);
      assert.deepEqual(seen.at(-1)?.request, create);
      assert.deepEqual(
        [seen.at(-1)?.service, seen.at(-1)?.method, seen.at(-1)?.transport],
        ['google.cloud.run.v2.Services', 'CreateService', transport],
      );
    });

    test('wait for an operation and unpack its response', async () => {
      const [begun] = await services.createService(create);
      const [made] = await begun.promise();
      assert.equal(made.name, name);
    });

    test('resume an operation by its name', async () => {
      const resumed = await services.checkCreateServiceProgress(operation);
      assert.equal(resumed.done, true);
    });

    test('get the details of a refusal', async () => {
      const refused = services.updateService({
        service: { name, traffic: [{ percent: 100, revision: 'shop-1' }] },
        updateMask: { paths: ['traffic'] },
      });
      await assert.rejects(refused, { code: 10, reason: 'CONFLICT', domain: 'run.googleapis.com' });
    });

    test('send a mask and, under it, only what is masked', async () => {
      await services
        .updateService({ service: { name, traffic: [] }, updateMask: { paths: ['traffic'] } })
        .catch(() => undefined);
      assert.deepEqual(seen.at(-1)?.request, { service: { name }, updateMask: 'traffic' });
    });

    test('follow pages', async () => {
      const [all] = await revisions.listRevisions({ parent: `${parent}/services/-` });
      assert.deepEqual(
        all.map((one) => one.name),
        [`${name}/revisions/shop-2`, `${name}/revisions/shop-1`],
      );
    });

    test('ask for time series with nested and repeated parameters', async () => {
      const [series] = await metrics.listTimeSeries({
        name: 'projects/p',
        filter: 'metric.type="run.googleapis.com/request_count"',
        interval: { startTime: { seconds: 1_767_322_800 }, endTime: { seconds: 1_767_323_100 } },
        aggregation: {
          alignmentPeriod: { seconds: 60 },
          perSeriesAligner: 'ALIGN_DELTA',
          groupByFields: ['resource.labels.revision_name', 'metric.labels.response_code'],
        },
        view: 'FULL',
      });
      assert.equal(String(series[0]?.points?.[0]?.value?.int64Value), '1200');
      assert.equal(series[0]?.metricKind, 'DELTA');
      assert.deepEqual(seen.at(-1)?.request, {
        name: 'projects/p',
        filter: 'metric.type="run.googleapis.com/request_count"',
        interval: { startTime: '2026-01-02T03:00:00Z', endTime: '2026-01-02T03:05:00Z' },
        aggregation: {
          alignmentPeriod: '60s',
          perSeriesAligner: 'ALIGN_DELTA',
          groupByFields: ['resource.labels.revision_name', 'metric.labels.response_code'],
        },
      });
    });

    test('learn what is not modelled', async () => {
      await assert.rejects(services.deleteService({ name }), {
        code: 12,
        message: /local-cloud does not model google\.cloud\.run\.v2\.Services\.DeleteService/,
      });
    });
  });
}
