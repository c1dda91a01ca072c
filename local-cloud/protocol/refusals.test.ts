import { Metadata } from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Handlers } from './handler.ts';
import { RawCaller } from './raw-caller.fake.ts';
import type { RawRequest } from './raw-caller.fake.ts';
import type { RunningProtocol } from './start-protocol.ts';
import { startToyCloud } from './toy-cloud.fake.ts';

const parent = 'projects/p/locations/l';
const name = `${parent}/services/shop`;
const routing = 'location=l';
const template = { containers: [{ image: 'shop:1' }] };
const create = { parent, serviceId: 'shop', service: { template } };
const series = {
  name: 'projects/p',
  filter: 'metric.type="m"',
  interval: { endTime: '2026-01-02T03:05:00Z' },
};
const seriesName = 'name=projects%2Fp';

interface Case {
  readonly says: string;
  readonly call: RawRequest;
  readonly field: string;
  readonly description: string;
}

const servicePattern = 'projects/{project}/locations/{location}/services/{service}';
const ofService = (wrong: string): string =>
  `${JSON.stringify(wrong)} is not a resource name of the form ${servicePattern}`;
const get = (request: object, header = routing): RawRequest => ({
  method: 'Services.GetService',
  request,
  routing: header,
});
const createOf = (request: object): RawRequest => ({
  method: 'Services.CreateService',
  request,
  routing,
});
const updateOf = (service: object, updateMask: string): RawRequest => ({
  method: 'Services.UpdateService',
  request: { service: { name, ...service }, updateMask },
  routing,
});

const refused: readonly Case[] = [
  {
    says: 'a field number that the request does not have',
    call: { ...get({ name }), more: [0x98, 0x06, 0x01] },
    field: '',
    description: 'google.cloud.run.v2.GetServiceRequest has no field with the number 99',
  },
  {
    says: 'a field number that a message within does not have',
    // Field 2, the service, a second time: the messages are merged.
    call: { ...createOf(create), more: [0x12, 0x03, 0x98, 0x3f, 0x01] },
    field: 'service',
    description: 'google.cloud.run.v2.Service has no field with the number 1011',
  },
  {
    says: 'a value that the enum does not have',
    call: createOf({ ...create, service: { template, ingress: 42 } }),
    field: 'service.ingress',
    description:
      '42 is not a value of google.cloud.run.v2.IngressTraffic: expected INGRESS_TRAFFIC_UNSPECIFIED, INGRESS_TRAFFIC_ALL, INGRESS_TRAFFIC_INTERNAL_ONLY, INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER, INGRESS_TRAFFIC_NONE',
  },
  {
    says: 'a name that is missing',
    call: get({}),
    field: 'name',
    description: 'required, but missing: expected a value that is not empty',
  },
  {
    says: 'a message that is missing',
    call: createOf({ parent, serviceId: 'shop' }),
    field: 'service',
    description: 'required, but missing: expected a google.cloud.run.v2.Service',
  },
  {
    says: 'a field that is missing deep inside',
    call: createOf({ ...create, service: { template: { containers: [{ name: 'web' }] } } }),
    field: 'service.template.containers[0].image',
    description: 'required, but missing: expected a value that is not empty',
  },
  {
    says: 'a template that is missing where all is replaced',
    call: updateOf({}, ''),
    field: 'service.template',
    description: 'required, but missing: expected a google.cloud.run.v2.RevisionTemplate',
  },
  {
    says: 'a field that is missing under the mask',
    call: updateOf({ template: { containers: [{}] } }, 'template'),
    field: 'service.template.containers[0].image',
    description: 'required, but missing: expected a value that is not empty',
  },
  {
    says: 'an interval that is missing, while FULL, which is zero, is legal',
    call: {
      method: 'google.monitoring.v3.MetricService.ListTimeSeries',
      request: { name: 'projects/p', filter: 'x', view: 'FULL' },
      routing: seriesName,
    },
    field: 'interval',
    description: 'required, but missing: expected a google.monitoring.v3.TimeInterval',
  },
  {
    says: 'a short name where a full one is due',
    call: get({ name: 'shop' }),
    field: 'name',
    description: ofService('shop'),
  },
  {
    says: 'the name of another resource',
    call: get({ name: `${parent}/jobs/shop` }),
    field: 'name',
    description: ofService(`${parent}/jobs/shop`),
  },
  {
    says: 'a parent of another kind',
    call: createOf({ ...create, parent: 'projects/p' }),
    field: 'parent',
    description:
      '"projects/p" is not a resource name of the form projects/{project}/locations/{location}',
  },
  {
    says: 'a wildcard where none is taken',
    call: {
      method: 'Services.ListServices',
      request: { parent: 'projects/p/locations/-' },
      routing: 'location=-',
    },
    field: 'parent',
    description: '"-" is not taken for one of the locations in "projects/p/locations/-"',
  },
  {
    says: 'a wrong name in the resource to update',
    call: {
      method: 'Services.UpdateService',
      request: { service: { name: 'shop', template } },
      routing,
    },
    field: 'service.name',
    description: '"shop" is not projects/*/locations/*/services/*',
  },
  {
    says: 'a mask with a path that the resource does not have',
    call: updateOf({ template }, 'template.cpu'),
    field: 'update_mask',
    description:
      'google.cloud.run.v2.Service has no field "template.cpu": expected names as the proto writes them, such as name',
  },
  {
    says: 'a mask that goes into a list',
    call: updateOf({ template }, 'traffic.percent'),
    field: 'update_mask',
    description:
      'google.cloud.run.v2.Service has no field "traffic.percent": expected names as the proto writes them, such as name',
  },
  {
    says: 'a routing header that is missing',
    call: { method: 'Services.GetService', request: { name } },
    field: '',
    description: 'the header x-goog-request-params is missing: expected location=l',
  },
  {
    says: 'a routing header for another place',
    call: get({ name }, 'location=elsewhere'),
    field: '',
    description: 'the header x-goog-request-params is location=elsewhere: expected location=l',
  },
  {
    says: 'a routing header that the path of REST implies',
    call: { method: 'google.monitoring.v3.MetricService.ListTimeSeries', request: series },
    field: '',
    description: 'the header x-goog-request-params is missing: expected name=projects%2Fp',
  },
];

const taken: readonly { says: string; call: RawRequest; request: object }[] = [
  {
    says: 'short names of revisions, although the proto calls them resource names',
    call: updateOf(
      {
        template: { ...template, revision: 'shop-2' },
        traffic: [{ revision: 'shop-1', percent: 100 }],
      },
      'template,traffic',
    ),
    request: {
      service: {
        name,
        template: { ...template, revision: 'shop-2' },
        traffic: [{ revision: 'shop-1', percent: 100 }],
      },
      updateMask: 'template,traffic',
    },
  },
  {
    says: 'a mask of everything',
    call: updateOf({ template }, '*'),
    request: { service: { name, template }, updateMask: '*' },
  },
  {
    says: 'a deep mask, without what it does not touch',
    call: updateOf({ template: { timeout: '3s' } }, 'template.timeout'),
    request: { service: { name, template: { timeout: '3s' } }, updateMask: 'template.timeout' },
  },
  {
    says: 'output-only fields, by ignoring them',
    call: createOf({ ...create, service: { template, uid: 'mine', uri: 'http://mine' } }),
    request: create,
  },
  {
    says: 'a wildcard where the comment allows it',
    call: {
      method: 'Revisions.ListRevisions',
      request: { parent: `${parent}/services/-` },
      routing,
    },
    request: { parent: `${parent}/services/-` },
  },
  {
    says: 'an operation without a routing header, as google-gax asks for it',
    call: {
      method: 'google.longrunning.Operations.GetOperation',
      request: { name: `${parent}/operations/one` },
    },
    request: { name: `${parent}/operations/one` },
  },
];

let reached: unknown = null;
const note = async (request: object): Promise<object> => {
  reached = request;
  return {};
};
const handlers: Handlers = {
  'google.cloud.run.v2.Services': {
    GetService: note,
    CreateService: note,
    UpdateService: note,
    ListServices: note,
    GetIamPolicy: async () => ({ nmae: 'x', bindings: [{ role: 7 }] }),
    SetIamPolicy: async () => {
      throw new TypeError('cannot read x of undefined');
    },
  },
  'google.cloud.run.v2.Revisions': { ListRevisions: note },
  'google.longrunning.Operations': { GetOperation: note },
  'google.monitoring.v3.MetricService': { ListTimeSeries: note },
};

let cloud: RunningProtocol;
let raw: RawCaller;

before(async () => {
  cloud = await startToyCloud({ handlers });
  raw = await RawCaller.open(cloud);
});

after(() => {
  raw.close();
  return cloud.close();
});

describe('refuses with INVALID_ARGUMENT', () => {
  for (const { says, call, field, description } of refused) {
    test(says, async () => {
      reached = null;
      assert.deepEqual(await raw.grpc(call), {
        code: 3,
        message: field === '' ? description : `${field}: ${description}`,
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.BadRequest',
            fieldViolations: [field === '' ? { description } : { field, description }],
          },
        ],
      });
      assert.equal(reached, null);
    });
  }

  test('bytes that are not the message', async () => {
    const path = '/google.cloud.run.v2.Services/GetService';
    const bytes = Buffer.from([0x0a, 0x7f, 0x01]);
    assert.deepEqual(await raw.grpcBytes({ path, bytes, metadata: new Metadata() }), {
      code: 3,
      message: 'the request is not a google.cloud.run.v2.GetServiceRequest',
    });
  });
});

describe('takes', () => {
  for (const { says, call, request } of taken) {
    test(says, async () => {
      assert.equal((await raw.grpc(call)).code, 0);
      assert.deepEqual(reached, request);
    });
  }
});

describe('refuses otherwise', () => {
  const resource = { resource: name };
  const header = `resource=${encodeURIComponent(name)}`;

  test('a method that nobody models: UNIMPLEMENTED', async () => {
    const answer = await raw.grpc({ ...get({ name }), method: 'Services.DeleteService' });
    assert.deepEqual(answer, {
      code: 12,
      message: 'local-cloud does not model google.cloud.run.v2.Services.DeleteService',
    });
  });

  test('a method that does not exist: UNIMPLEMENTED', async () => {
    const path = '/google.cloud.run.v2.Services/Restart';
    const bytes = Buffer.from([]);
    assert.equal((await raw.grpcBytes({ path, bytes, metadata: new Metadata() })).code, 12);
  });

  test('an answer that is not of the proto: INTERNAL, with our mistake', async () => {
    const call = { method: 'Services.GetIamPolicy', request: resource, routing: header };
    assert.deepEqual(await raw.grpc(call), {
      code: 13,
      message:
        "local-cloud's own mistake: its answer to google.cloud.run.v2.Services.GetIamPolicy is not a google.iam.v1.Policy: nmae: unknown name: google.iam.v1.Policy has no such field; bindings[0].role: 7 is not of type string",
    });
  });

  test('what a handler throws besides: INTERNAL, with its message', async () => {
    const call = {
      method: 'Services.SetIamPolicy',
      request: { ...resource, policy: {} },
      routing: header,
    };
    assert.deepEqual(await raw.grpc(call), {
      code: 13,
      message:
        "local-cloud's own mistake in google.cloud.run.v2.Services.SetIamPolicy: cannot read x of undefined",
    });
  });
});
