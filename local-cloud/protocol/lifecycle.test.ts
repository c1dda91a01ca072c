import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Call, Handlers } from './handler.ts';
import { RawCaller } from './raw-caller.fake.ts';
import { startProtocol } from './start-protocol.ts';
import { StatusError } from './status-error.ts';
import { startToyCloud, toyProtos } from './toy-cloud.fake.ts';

const name = 'projects/p/locations/l/services/shop';
const getService = { method: 'Services.GetService', request: { name }, routing: 'location=l' };
const operation = 'projects/p/locations/l/operations/one';
const waitOperation = {
  method: 'google.longrunning.Operations.WaitOperation',
  request: { name: operation },
};

/** WaitOperation ends when it is told to; `waiting` resolves when `count` calls are in it. */
function waiter(count: number): { handlers: Handlers; waiting: Promise<unknown> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  const wait = async (_: object, { signal }: Call): Promise<object> => {
    left -= 1;
    if (left === 0) resolve();
    await once(signal, 'abort');
    return { name: operation, done: false };
  };
  return {
    handlers: { 'google.longrunning.Operations': { WaitOperation: wait } },
    waiting: promise,
  };
}

test('trouble can be made before a handler, who is then not called', async () => {
  const met: unknown[] = [];
  const cloud = await startToyCloud({
    handlers: { 'google.cloud.run.v2.Services': { GetService: async () => ({ name }) } },
    before: ({ service, method, request }) => {
      met.push({ service, method, request });
      throw new StatusError('UNAVAILABLE', 'come back later');
    },
  });
  const raw = await RawCaller.open(cloud);
  assert.deepEqual(await raw.grpc(getService), { code: 14, message: 'come back later' });
  const error = { code: 503, message: 'come back later', status: 'UNAVAILABLE' };
  assert.deepEqual(await raw.rest('GET', `/v2/${name}`), { status: 503, body: { error } });
  const seen = { service: 'google.cloud.run.v2.Services', method: 'GetService', request: { name } };
  assert.deepEqual(met, [seen, seen]);
  raw.close();
  await cloud.close();
});

test('closing tells calls under way, lets them answer, and frees both ports', async () => {
  const { handlers, waiting } = waiter(2);
  const first = await startToyCloud({ handlers });
  const raw = await RawCaller.open(first);
  const answers = Promise.all([
    raw.grpc(waitOperation),
    raw.rest('POST', `/v2/${operation}:wait`, {}),
  ]);
  await waiting;
  await first.close();
  assert.deepEqual(await answers, [
    { code: 0, message: '', answer: { name: operation } },
    { status: 200, body: { name: operation } },
  ]);
  raw.close();
  const { grpcPort, restPort } = first;
  const again = await startProtocol({
    protos: toyProtos,
    handlers,
    host: '127.0.0.1',
    grpcPort,
    restPort,
  });
  assert.deepEqual([again.grpcPort, again.restPort], [grpcPort, restPort]);
  await again.close();
});

test('a caller that has gone is told to the handler', async () => {
  const gone = Promise.withResolvers<string>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const cloud = await startToyCloud({
    handlers: {
      'google.cloud.run.v2.Services': {
        GetService: async (_: object, { signal, transport }) => {
          begin();
          await once(signal, 'abort');
          gone.resolve(transport);
          return {};
        },
      },
    },
  });
  const leaving = new AbortController();
  const url = `http://127.0.0.1:${cloud.restPort}/v2/${name}`;
  const call = fetch(url, { signal: leaving.signal });
  await begun;
  leaving.abort();
  await assert.rejects(call, { name: 'AbortError' });
  assert.equal(await gone.promise, 'rest');
  await cloud.close();
});

test('details that no proto knows are our mistake', async () => {
  const cloud = await startToyCloud({
    handlers: {
      'google.cloud.run.v2.Services': {
        GetService: async () => {
          throw new StatusError('ABORTED', 'no', [{ '@type': 'type.googleapis.com/toy.Reason' }]);
        },
      },
    },
  });
  const raw = await RawCaller.open(cloud);
  assert.deepEqual(await raw.grpc(getService), {
    code: 13,
    message:
      'local-cloud\'s own mistake in google.cloud.run.v2.Services.GetService, in the details of ABORTED: @type is "type.googleapis.com/toy.Reason": expected type.googleapis.com/ and a message of the protos',
  });
  raw.close();
  await cloud.close();
});

test('a taken port of REST frees the one of gRPC', async () => {
  const first = await startToyCloud();
  const places = { host: '127.0.0.1', grpcPort: 0, restPort: first.restPort };
  await assert.rejects(startProtocol({ protos: toyProtos, handlers: {}, ...places }), {
    code: 'EADDRINUSE',
  });
  await first.close();
});

test('both ports can be taken again at once after kill -9', async () => {
  const module = JSON.stringify(import.meta.resolve('./toy-cloud.fake.ts'));
  const script = `import(${module}).then(({ startToyCloud }) => startToyCloud()).then((cloud) => console.log(JSON.stringify(cloud)))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { grpcPort, restPort } = JSON.parse(String(line)) as { grpcPort: number; restPort: number };
  const raw = await RawCaller.open({ grpcPort, restPort, close: async () => undefined });
  assert.equal((await raw.grpc(getService)).code, 12);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const places = { host: '127.0.0.1', grpcPort, restPort };
  const again = await startProtocol({ protos: toyProtos, handlers: {}, ...places });
  assert.deepEqual([again.grpcPort, again.restPort], [grpcPort, restPort]);
  raw.close();
  await again.close();
});
