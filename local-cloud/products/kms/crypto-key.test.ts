import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeKey, settleKey } from './crypto-key.ts';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-01-01T00:00:00Z');
const day = (number: number): Date => new Date(START + number * DAY_MS);
const fields = { purpose: 'ENCRYPT_DECRYPT' };
const creation = { now: day(0), isEmpty: false };

test('a key rotates when its time has come, once for all the times that passed', () => {
  const rotationPeriod = `${7 * 86_400}s`;
  const nextRotationTime = day(7).toISOString();
  const key = makeKey('k', { ...fields, rotationPeriod, nextRotationTime }, creation);
  assert.equal(settleKey(key, day(6.9)), key);
  const rotated = settleKey(key, day(7));
  assert.deepEqual(
    [rotated.primary, rotated.versions.length, rotated.nextRotationTime],
    [2, 2, day(14).toISOString()],
  );
  assert.equal(rotated.versions[1]?.createTime, day(7).toISOString());
  const late = settleKey(key, day(30));
  assert.deepEqual([late.primary, late.nextRotationTime], [2, day(35).toISOString()]);
});

test('without a period it rotates once', () => {
  const nextRotationTime = day(7).toISOString();
  const key = makeKey('k', { ...fields, nextRotationTime }, creation);
  const rotated = settleKey(key, day(8));
  assert.deepEqual([rotated.primary, 'nextRotationTime' in rotated], [2, false]);
});

test('a version loses its material when the time to destroy it has come', () => {
  const key = makeKey('k', fields, creation);
  const [version] = key.versions;
  assert.ok(version);
  const destroyTime = day(30).toISOString();
  const doomed = {
    ...key,
    versions: [{ ...version, state: 'DESTROY_SCHEDULED' as const, destroyTime }],
  };
  assert.equal(settleKey(doomed, day(29)), doomed);
  assert.deepEqual(settleKey(doomed, day(40)).versions, [
    {
      ...version,
      state: 'DESTROYED',
      destroyTime,
      destroyEventTime: destroyTime,
      material: null,
    },
  ]);
});
