import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { Probe } from '../../engine/rollout/prober.ts';
import { HttpProber } from './prober.ts';

const BIG = 'x'.repeat(64 * 1024);

const server = createServer((request, response) => {
  switch (new URL(request.url ?? '', 'http://shop').pathname) {
    case '/echo':
      request.pipe(response.writeHead(201, { 'x-method': request.method ?? '' }));
      break;
    case '/moved':
      response.writeHead(302, { location: '/echo' }).end('over there');
      break;
    case '/endless': {
      const write = () => response.destroyed || response.write(BIG, write);
      write();
      break;
    }
    case '/stuck':
      response.writeHead(200).write('begun');
      break;
    case '/broken':
      request.socket.destroy();
      break;
    default:
  }
});
let origin = '';

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

async function probe(path: string, more: Partial<Probe> = {}) {
  const { latencyMs, ...answer } = await new HttpProber().probe({
    url: `${origin}${path}`,
    method: 'GET',
    headers: {},
    timeoutMs: 10_000,
    ...more,
  });
  assert.ok(latencyMs > 0);
  return answer;
}

test('sends what it is told and gives what is answered', async () => {
  assert.deepEqual(await probe('/echo', { method: 'POST', body: 'ü' }), { status: 201, body: 'ü' });
});

test('does not follow', async () => {
  assert.deepEqual(await probe('/moved'), { status: 302, body: 'over there' });
});

test('reads 64 KiB of a body that never ends', async () => {
  assert.deepEqual(await probe('/endless'), { status: 200, body: BIG });
});

test('gives up in time, before an answer and in the middle of one', async () => {
  const late = { status: 0, body: '', error: 'no answer in 50 ms' };
  assert.deepEqual(await probe('/silent', { timeoutMs: 50 }), late);
  assert.deepEqual(await probe('/stuck', { timeoutMs: 50 }), late);
});

test('tells what went wrong, and does not throw', async () => {
  assert.deepEqual(await probe('/broken'), {
    status: 0,
    body: '',
    error: 'the connection was broken off',
  });
  assert.deepEqual(await probe('', { url: 'http://127.0.0.1:1/' }), {
    status: 0,
    body: '',
    error: 'nobody listens there',
  });
  const { status, error } = await probe('', { url: 'http://' });
  assert.deepEqual([status, error], [0, 'Invalid URL (ERR_INVALID_URL)']);
});

test('an abort is thrown', async () => {
  const asked = once(server, 'request');
  const controller = new AbortController();
  const waiting = new HttpProber().probe(
    { url: `${origin}/silent`, method: 'GET', headers: {}, timeoutMs: 10_000 },
    controller.signal,
  );
  await asked;
  controller.abort(new Error('enough'));
  await assert.rejects(waiting, /^Error: enough$/);
});
