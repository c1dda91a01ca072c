import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from './crc32c.ts';

test('the checksums of RFC 3720, appendix B.4', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);
  const sums = [
    new Uint8Array(32),
    new Uint8Array(32).fill(0xff),
    ascending,
    ascending.toReversed(),
    new Uint8Array(0),
  ].map((bytes) => crc32c(bytes).toString(16));
  assert.deepEqual(sums, ['8a9136aa', '62a8ab43', '46dd794e', '113fdb5c', '0']);
});
