import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ServiceRef } from '../plan/have.ts';
import type { JournalPlace, JournalStore } from './journal-store.ts';

/** What every store of journals must do; `open` gives an empty one. */
export function journalStoreConformance(name: string, open: () => Promise<JournalStore>): void {
  describe(`${name} as a journal store`, () => {
    let store: JournalStore | undefined;
    before(async () => {
      store = await open();
    });
    after(() => store?.close());
    Object.entries(CASES).forEach(([title, run], index) => {
      test(title, async () => {
        assert.ok(store);
        await run(store, { project: 'p', region: 'europe-west1', service: `shop-${index}` });
      });
    });
  });
}

const FIRST = { kind: 'begun', at: '2026-01-01T00:00:00.000Z', deep: { list: [1, null, 'ü'] } };
const SECOND = { kind: 'owned', at: '2026-01-01T00:00:01.000Z' };
const THIRD = { kind: 'ended', at: '2026-01-01T00:00:02.000Z' };

function placeOf(ref: ServiceRef, rolloutId = 'r-1'): JournalPlace {
  return { ref, rolloutId };
}

type Case = (store: JournalStore, ref: ServiceRef) => Promise<void>;

const CASES: Readonly<Record<string, Case>> = {
  'gives back in order what was written, from any number on': async (store, ref) => {
    const place = placeOf(ref);
    for (const [number, entry] of [FIRST, SECOND, THIRD].entries()) {
      assert.equal(await store.append(place, number, entry), true);
    }
    assert.deepEqual(await store.read(place), [FIRST, SECOND, THIRD]);
    assert.deepEqual(await store.read(place, 2), [THIRD]);
    assert.deepEqual(await store.read(place, 3), []);
  },
  'gives nothing for a journal that nobody began': async (store, ref) => {
    assert.deepEqual(await store.read(placeOf(ref, 'r-none')), []);
    assert.deepEqual(await store.list(ref), []);
  },
  'refuses a number that is taken, and keeps what was there': async (store, ref) => {
    const place = placeOf(ref);
    assert.equal(await store.append(place, 0, FIRST), true);
    assert.equal(await store.append(place, 0, SECOND), false);
    assert.deepEqual(await store.read(place), [FIRST]);
  },
  'takes the same entry again, whose answer was lost': async (store, ref) => {
    const place = placeOf(ref);
    assert.equal(await store.append(place, 0, FIRST), true);
    assert.equal(await store.append(place, 0, { ...FIRST }), true);
    assert.deepEqual(await store.read(place), [FIRST]);
  },
  'lets one of many writers of a number win': async (store, ref) => {
    const place = placeOf(ref);
    const entries = Array.from({ length: 8 }, (_, writer) => ({ ...FIRST, writer }));
    const won = await Promise.all(entries.map((entry) => store.append(place, 0, entry)));
    assert.equal(won.filter(Boolean).length, 1);
    assert.deepEqual(await store.read(place), [entries[won.indexOf(true)]]);
  },
  'keeps more than ten entries in the order of their numbers': async (store, ref) => {
    const place = placeOf(ref);
    const entries = Array.from({ length: 12 }, (_, number) => ({ ...SECOND, number }));
    for (const [number, entry] of entries.entries()) await store.append(place, number, entry);
    assert.deepEqual(await store.read(place), entries);
    assert.deepEqual(await store.read(place, 9), entries.slice(9));
  },
  'lists the rollouts of a service, the newest first, and of no other': async (store, ref) => {
    const other = { ...ref, service: `${ref.service}-2` };
    await store.append(placeOf(ref, 'r-1'), 0, FIRST);
    await store.append(placeOf(ref, 'r-1'), 1, SECOND);
    await store.append(placeOf(ref, 'r-3'), 0, FIRST);
    await store.append(placeOf(ref, 'r-2'), 0, FIRST);
    await store.append(placeOf(other, 'r-9'), 0, FIRST);
    assert.deepEqual(await store.list(ref), ['r-3', 'r-2', 'r-1']);
  },
};
