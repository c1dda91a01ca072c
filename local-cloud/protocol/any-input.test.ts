import { Metadata } from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { buildSchema } from './descriptor/build-schema.ts';
import type { Method } from './descriptor/method.ts';
import type { Handlers } from './handler.ts';
import { RawCaller } from './raw-caller.fake.ts';
import type { RunningProtocol } from './start-protocol.ts';
import { startToyCloud, toyProtos } from './toy-cloud.fake.ts';

/** All is handled, so that all is read and checked. */
function answerAll(methods: readonly Method[]): Handlers {
  const handlers: Record<string, Record<string, () => Promise<object>>> = {};
  for (const { service, name } of methods) (handlers[service] ??= {})[name] = async () => ({});
  return handlers;
}

let methods: readonly Method[];
let cloud: RunningProtocol;
let raw: RawCaller;

before(async () => {
  ({ methods } = await buildSchema(toyProtos));
  cloud = await startToyCloud({ handlers: answerAll(methods) });
  raw = await RawCaller.open(cloud);
});

after(() => {
  raw.close();
  return cloud.close();
});

test("whatever bytes come over gRPC, they are taken or refused as the caller's", async () => {
  const bytes = fc.uint8Array({ maxLength: 64 });
  const property = fc.asyncProperty(fc.nat(), bytes, async (at, sent) => {
    const { service, name } = methods[at % methods.length] as Method;
    const call = {
      path: `/${service}/${name}`,
      bytes: Buffer.from(sent),
      metadata: new Metadata(),
    };
    const { code } = await raw.grpcBytes(call);
    assert.ok(code === 0 || code === 3, `${call.path} answered ${code}`);
  });
  await fc.assert(property, { numRuns: 200 });
});

test("whatever JSON comes over REST, it is taken or refused as the caller's", async () => {
  const keys = [
    'template',
    'traffic',
    'name',
    'labels',
    'etag',
    '__proto__',
    'createTime',
    '@type',
  ];
  const json = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 3 }));
  const query = fc.dictionary(
    fc.constantFrom('updateMask', 'validateOnly', 'service.uid', 'x'),
    fc.string(),
  );
  const property = fc.asyncProperty(json, query, fc.webPath(), async (body, parameters, tail) => {
    const path = `/v2/projects/p/locations/l/services/s${tail}?${new URLSearchParams(parameters).toString()}`;
    const { status } = await raw.rest('PATCH', path, body);
    assert.ok([200, 400, 404].includes(status), `${path} answered ${status}`);
  });
  await fc.assert(property, { numRuns: 200 });
});
