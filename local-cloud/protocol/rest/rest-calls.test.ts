import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Handlers, PlainRoute } from '../handler.ts';
import { RawCaller } from '../raw-caller.fake.ts';
import type { RunningProtocol } from '../start-protocol.ts';
import { StatusError } from '../status-error.ts';
import { startToyCloud } from '../toy-cloud.fake.ts';
import { writeJson } from './write-answer.ts';

const parent = 'projects/p/locations/l';
const name = `${parent}/services/shop`;
const template = { containers: [{ image: 'shop:1' }] };

let reached: unknown = null;
const note = async (request: object): Promise<object> => {
  reached = request;
  return {};
};
const handlers: Handlers = {
  'google.cloud.run.v2.Services': {
    GetService: async () => ({ name, ingress: 'INGRESS_TRAFFIC_ALL', generation: '7' }),
    CreateService: note,
    UpdateService: note,
    DeleteService: async () => {
      throw new StatusError('FAILED_PRECONDITION', 'not now');
    },
  },
  'google.longrunning.Operations': { WaitOperation: note, ListOperations: note },
  'google.monitoring.v3.MetricService': { ListTimeSeries: note, GetMetricDescriptor: note },
};
const routes: readonly PlainRoute[] = [
  {
    prefix: '/local/',
    answer: async (request, response) => writeJson(response, 200, { plain: request.url }),
  },
  {
    prefix: '/local/v1/refuse',
    answer: async () => {
      throw new StatusError('UNAVAILABLE', 'the data plane is down');
    },
  },
];

let cloud: RunningProtocol;
let raw: RawCaller;

before(async () => {
  cloud = await startToyCloud({ handlers, routes });
  raw = await RawCaller.open(cloud);
});

after(() => {
  raw.close();
  return cloud.close();
});

interface Taken {
  readonly says: string;
  readonly verb: string;
  readonly path: string;
  readonly body?: object;
  readonly request: object;
}

const taken: readonly Taken[] = [
  {
    says: 'a field as body, the rest from path and query',
    verb: 'POST',
    path: `/v2/${parent}/services?serviceId=shop&validateOnly=true&alt=json&key=none`,
    body: { template },
    request: { parent, serviceId: 'shop', validateOnly: true, service: { template } },
  },
  {
    says: 'names as the proto writes them, in query and body',
    verb: 'POST',
    path: `/v2/${parent}/services?service_id=shop&validate_only=false`,
    body: { template: { containers: [{ image: 'a', working_dir: '/' }] } },
    request: {
      parent,
      serviceId: 'shop',
      service: { template: { containers: [{ image: 'a', workingDir: '/' }] } },
    },
  },
  {
    says: 'the name in the path, whatever the body says',
    verb: 'PATCH',
    path: `/v2/${name}?updateMask=template.max_instance_request_concurrency,traffic`,
    body: { name: 'other', template: { maxInstanceRequestConcurrency: 8 } },
    request: {
      service: { name, template: { maxInstanceRequestConcurrency: 8 } },
      updateMask: 'template.maxInstanceRequestConcurrency,traffic',
    },
  },
  {
    says: 'the whole request as body, after a verb of its own',
    verb: 'POST',
    path: `/v2/${parent}/operations/one:wait`,
    body: { timeout: '5s' },
    request: { name: `${parent}/operations/one`, timeout: '5s' },
  },
  {
    says: 'no body where one may be',
    verb: 'POST',
    path: `/v2/${parent}/operations/one:wait`,
    request: { name: `${parent}/operations/one` },
  },
  {
    says: 'operations of a place',
    verb: 'GET',
    path: `/v2/${parent}/operations?pageSize=5`,
    request: { name: parent, pageSize: 5 },
  },
  {
    says: 'nested and repeated parameters, enums by name and by number',
    verb: 'GET',
    path: '/v3/projects/p/timeSeries?filter=a%3D%22b%22&interval.endTime=2026-01-02T03:05:00Z&aggregation.alignmentPeriod=60s&aggregation.perSeriesAligner=2&aggregation.groupByFields=a&aggregation.groupByFields=b&view=HEADERS',
    request: {
      name: 'projects/p',
      filter: 'a="b"',
      interval: { endTime: '2026-01-02T03:05:00Z' },
      aggregation: {
        alignmentPeriod: '60s',
        perSeriesAligner: 'ALIGN_RATE',
        groupByFields: ['a', 'b'],
      },
      view: 'HEADERS',
    },
  },
  {
    says: 'a name with slashes',
    verb: 'GET',
    path: '/v3/projects/p/metricDescriptors/run.googleapis.com/request_count',
    request: { name: 'projects/p/metricDescriptors/run.googleapis.com/request_count' },
  },
];

describe('takes', () => {
  for (const { says, verb, path, body, request } of taken) {
    test(says, async () => {
      reached = null;
      assert.deepEqual(await raw.rest(verb, path, body), { status: 200, body: {} });
      assert.deepEqual(reached, request);
    });
  }
});

const create = `/v2/${parent}/services?serviceId=shop`;
const bad = (field: string, description: string): object => ({
  error: {
    code: 400,
    message: `${field}: ${description}`,
    status: 'INVALID_ARGUMENT',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field, description }],
      },
    ],
  },
});
const plain = (code: number, status: string, message: string): object => ({
  error: { code, message, status },
});

interface Refused {
  readonly says: string;
  readonly verb: string;
  readonly path: string;
  readonly body?: unknown;
  readonly answer: object;
}

const refused: readonly Refused[] = [
  {
    says: 'a name in the body that the message does not have',
    verb: 'POST',
    path: create,
    body: { template: { containers: [{ image: 'a', prots: [] }] } },
    answer: bad(
      'service.template.containers[0].prots',
      'unknown name: google.cloud.run.v2.Container has no such field',
    ),
  },
  {
    says: 'a value that the enum does not have',
    verb: 'POST',
    path: create,
    body: { template, launchStage: 'DELTA' },
    answer: bad(
      'service.launch_stage',
      '"DELTA" is not of type google.api.LaunchStage: expected LAUNCH_STAGE_UNSPECIFIED, UNIMPLEMENTED, PRELAUNCH, EARLY_ACCESS, ALPHA, BETA, GA, DEPRECATED',
    ),
  },
  {
    says: 'text where a number is due',
    verb: 'POST',
    path: create,
    body: { template, traffic: [{ percent: '99.9' }] },
    answer: bad('service.traffic[0].percent', '"99.9" is not of type int32'),
  },
  {
    says: 'a duration without a unit',
    verb: 'POST',
    path: create,
    body: { template: { ...template, timeout: '5' } },
    answer: bad('service.template.timeout', '"5" is not of type google.protobuf.Duration'),
  },
  {
    says: 'an object where a list is due',
    verb: 'POST',
    path: create,
    body: { template: { containers: { image: 'a' } } },
    answer: bad('service.template.containers', 'expected a list of google.cloud.run.v2.Container'),
  },
  {
    says: 'a list where an object is due',
    verb: 'POST',
    path: create,
    body: [],
    answer: bad('service', 'expected an object, a google.cloud.run.v2.Service'),
  },
  {
    says: 'a parameter that the request does not have',
    verb: 'GET',
    path: `/v2/${name}?verbose=true`,
    answer: bad(
      'verbose',
      'unknown name: google.cloud.run.v2.GetServiceRequest has no field for this parameter',
    ),
  },
  {
    says: 'a parameter given twice',
    verb: 'DELETE',
    path: `/v2/${name}?etag=a&etag=b`,
    answer: bad('etag', 'given 2 times: expected one'),
  },
  {
    says: 'a field that is missing',
    verb: 'POST',
    path: `/v2/${parent}/services`,
    body: { template },
    answer: bad('service_id', 'required, but missing: expected a value that is not empty'),
  },
  {
    says: 'a mask with a path that the resource does not have',
    verb: 'PATCH',
    path: `/v2/${name}?updateMask=trafic`,
    body: {},
    answer: bad(
      'update_mask',
      'google.cloud.run.v2.Service has no field "trafic": expected names as the proto writes them, such as name',
    ),
  },
  {
    says: 'a body where none is taken',
    verb: 'DELETE',
    path: `/v2/${name}`,
    body: {},
    answer: plain(400, 'INVALID_ARGUMENT', 'this method takes no body'),
  },
  {
    says: 'percent signs that are not an encoding',
    verb: 'GET',
    path: `/v2/${parent}/services/%E0%A4%A`,
    answer: plain(
      400,
      'INVALID_ARGUMENT',
      `${parent}/services/%E0%A4%A in the path is not percent-encoded UTF-8`,
    ),
  },
  {
    says: 'a path that no method has',
    verb: 'GET',
    path: '/v1/services',
    answer: plain(
      404,
      'NOT_FOUND',
      'no method of the APIs served here has the path GET /v1/services',
    ),
  },
  {
    says: 'a verb that no method has there',
    verb: 'PUT',
    path: `/v2/${name}`,
    answer: plain(
      404,
      'NOT_FOUND',
      `no method of the APIs served here has the path PUT /v2/${name}`,
    ),
  },
  {
    says: 'a custom verb that does not exist',
    verb: 'POST',
    path: `/v2/${name}:restart`,
    answer: plain(
      404,
      'NOT_FOUND',
      `no method of the APIs served here has the path POST /v2/${name}:restart`,
    ),
  },
  {
    says: 'a method that nobody models',
    verb: 'GET',
    path: `/v2/${name}:getIamPolicy`,
    answer: plain(
      501,
      'UNIMPLEMENTED',
      'local-cloud does not model google.cloud.run.v2.Services.GetIamPolicy',
    ),
  },
  {
    says: 'what a handler refuses',
    verb: 'DELETE',
    path: `/v2/${name}`,
    answer: plain(400, 'FAILED_PRECONDITION', 'not now'),
  },
  {
    says: 'what a plain route refuses',
    verb: 'GET',
    path: '/local/v1/refuse/it',
    answer: plain(503, 'UNAVAILABLE', 'the data plane is down'),
  },
];

describe('refuses, in the error body of Google', () => {
  for (const { says, verb, path, body, answer } of refused) {
    test(says, async () => {
      const { error } = answer as { error: { code: number } };
      assert.deepEqual(await raw.rest(verb, path, body), { status: error.code, body: answer });
    });
  }

  test('a body that is not JSON', async () => {
    const url = `http://127.0.0.1:${cloud.restPort}${create}`;
    const response = await fetch(url, { method: 'POST', body: '{"template":' });
    const { error } = (await response.json()) as { error: { message: string } };
    assert.equal(response.status, 400);
    assert.match(error.message, /^the body is not JSON: /);
  });
});

describe('answers', () => {
  test('enums by name and int64 as text', async () => {
    const body = { name, ingress: 'INGRESS_TRAFFIC_ALL', generation: '7' };
    assert.deepEqual(await raw.rest('GET', `/v2/${name}`), { status: 200, body });
  });

  test('enums by number, as the clients of Google ask for them', async () => {
    const path = `/v2/${name}?%24alt=json%3Benum-encoding%3Dint`;
    const body = { name, ingress: 1, generation: '7' };
    assert.deepEqual(await raw.rest('GET', path), { status: 200, body });
  });

  test('a plain route', async () => {
    const body = { plain: '/local/v1/counters?from=1' };
    assert.deepEqual(await raw.rest('GET', '/local/v1/counters?from=1'), { status: 200, body });
  });
});
