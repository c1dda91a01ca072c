import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from './clock.fake.ts';
import { createUuidV7, idAfter, randomKey } from './id.ts';

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('the example of RFC 9562, appendix A.6', () => {
  const clock = new FakeClock({ now: '2022-02-22T19:22:22.000Z' });
  const bytes = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
  const nextId = createUuidV7({ clock, randomBytes: () => bytes });
  // rand_a of the example is 0xcc3; ours keeps the upper half for counting, hence 0x4c3.
  assert.equal(nextId(), '017f22e2-79b0-74c3-98c4-dc0c0c07398f');
});

test('ids sort by time, within a millisecond too, and when the clock goes back', async () => {
  const clock = new FakeClock({ instant: true });
  const nextId = createUuidV7({ clock });
  const ids = Array.from({ length: 10_000 }, nextId);
  await clock.sleep(5);
  ids.push(nextId());
  await clock.sleep(-3000);
  ids.push(nextId());

  assert.deepEqual(ids, ids.toSorted());
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(
    ids.filter((id) => !uuidV7.test(id)),
    [],
  );
});

test('an id after another is itself, or the next number of the other', () => {
  const id = '017f22e2-79b0-74c3-98c4-dc0c0c07398f';
  assert.equal(idAfter(null, id), id);
  assert.equal(idAfter('017f22e2-79b0-74c2-ffff-dc0c0c07398f', id), id);
  assert.equal(idAfter(id, id), '017f22e2-79b0-74c4-98c4-dc0c0c07398f');
  const full = '01ffffff-ffff-7fff-bfff-000000000000';
  assert.equal(idAfter(full, id), '02000000-0000-7000-98c4-dc0c0c07398f');
});

test('a key is as long as its bytes ask, and no two are alike', () => {
  assert.match(randomKey(), /^[\w-]{43}$/);
  assert.notEqual(randomKey(), randomKey());
  assert.equal(
    randomKey(3, () => Uint8Array.from([1, 2, 3])),
    'AQID',
  );
});
