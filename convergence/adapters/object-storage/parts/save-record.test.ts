import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as holds, integer, property } from 'fast-check';
import { nextSlice, totalBytes } from './save-record.ts';
import type { Slice } from './save-record.ts';

const sliceOf = (sizeBytes: number): Slice => ({ uri: '', version: '', sizeBytes, crc32c: '' });

/** The slices after parts of these sizes were added, and the bytes that were sent. */
function grow(sizes: readonly number[]): { slices: Slice[]; sentBytes: number } {
  let [slices, sentBytes, sizeBytes]: [Slice[], number, number] = [[], 0, 0];
  for (const size of sizes) {
    sizeBytes += size;
    const { kept, swallowed, from } = nextSlice(slices, sizeBytes);
    assert.deepEqual([...kept, ...swallowed], slices);
    assert.equal(from, totalBytes(kept));
    slices = [...kept, sliceOf(sizeBytes - from)];
    sentBytes += sizeBytes - from;
  }
  return { slices, sentBytes };
}

test('a slice swallows those before it that are no larger', () => {
  const sizesOf = (pages: number) =>
    grow(Array.from({ length: pages }, () => 1)).slices.map(({ sizeBytes }) => sizeBytes);
  assert.deepEqual([1, 2, 3, 4, 7, 8].map(sizesOf), [[1], [2], [2, 1], [4], [4, 2, 1], [8]]);
});

test('however a part grows, it is few slices, and no byte is sent often', () => {
  holds(
    property(array(integer({ min: 1, max: 1_000_000 }), { minLength: 1 }), (sizes) => {
      const { slices, sentBytes } = grow(sizes);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const most = Math.ceil(Math.log2(total)) + 1;
      assert.equal(totalBytes(slices), total);
      assert.ok(slices.length <= most);
      assert.ok(sentBytes <= total * most);
    }),
  );
});
