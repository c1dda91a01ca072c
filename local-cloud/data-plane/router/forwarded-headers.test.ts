import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { requestHeaders, responseHeaders, upgradeHeaders } from './forwarded-headers.ts';

function message(rawHeaders: string[]): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.rawHeaders = rawHeaders;
  for (let nr = 0; nr < rawHeaders.length; nr += 2)
    request.headers[rawHeaders[nr]?.toLowerCase() ?? ''] = rawHeaders[nr + 1];
  return request;
}

const PROTO = ['X-Forwarded-Proto', 'http'];
const FORWARDED = ['X-Forwarded-For', '', ...PROTO];

test('headers of the connection stay with it, also those that Connection names', () => {
  const connection = ['Connection', 'close, X-Trace', 'X-Trace', '1', 'Keep-Alive', 'timeout=5'];
  const request = message(['Host', 'shop', 'Cookie', 'a', 'TE', 'gzip', ...connection]);
  assert.deepEqual(requestHeaders(request), ['Host', 'shop', 'Cookie', 'a', ...FORWARDED]);
});

test('a chain of addresses is continued', () => {
  const request = message(['x-forwarded-for', '9.9.9.9', 'X-Forwarded-Proto', 'https']);
  assert.deepEqual(requestHeaders(request), ['X-Forwarded-For', '9.9.9.9, ', ...PROTO]);
});

test('a change of protocol is asked of the instance too', () => {
  const request = message(['Connection', 'Upgrade', 'Upgrade', 'websocket']);
  assert.deepEqual(upgradeHeaders(request), [
    ...FORWARDED,
    'Connection',
    'Upgrade',
    'Upgrade',
    'websocket',
  ]);
});

test('an answer keeps its order, its doubles and its bytes', () => {
  const raw = [
    'Set-Cookie',
    'a',
    'Connection',
    'close',
    'Set-Cookie',
    'b',
    'X-Name',
    'J\u00fcrgen',
  ];
  const headers = raw.map((part) => Buffer.from(part, 'latin1'));
  const kept = ['Set-Cookie', 'a', 'Set-Cookie', 'b', 'X-Name', 'J\u00fcrgen'];
  assert.deepEqual(responseHeaders(headers), kept);
});
