import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { clientKey } from './client-key.ts';

function keyOf(headers: Record<string, string>, remoteAddress = '127.0.0.1'): string {
  return clientKey({ headers, socket: { remoteAddress } } as unknown as IncomingMessage);
}

test('a client is known by what identifies it best, without its secret', () => {
  const key = keyOf({ authorization: 'Bearer secret', cookie: 'a=1' });
  assert.equal(key, keyOf({ authorization: 'Bearer secret', cookie: 'a=2' }, '10.0.0.1'));
  assert.notEqual(key, keyOf({ authorization: 'Bearer other', cookie: 'a=1' }));
  assert.match(key, /^[\w-]{16}$/);
  assert.equal(keyOf({}, '10.0.0.1'), keyOf({}, '10.0.0.1'));
});

test('requests of this machine that nothing tells apart are of a client each', () => {
  assert.notEqual(keyOf({}), keyOf({}));
  assert.notEqual(keyOf({}, '::ffff:127.0.0.1'), keyOf({}, '::ffff:127.0.0.1'));
});
