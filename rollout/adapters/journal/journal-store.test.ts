import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Storage } from '@google-cloud/storage';
import { journalStoreConformance } from '../../engine/apply/journal-store.conformance.ts';
import { startLocalCloud } from '../google/local-cloud.fake.ts';
import { BucketJournalStore } from './journal-store.ts';
import { translateError } from './translate-error.ts';

const REF = { project: 'p', region: 'europe-west1', service: 'shop' };
const ENTRY = { kind: 'begun', at: '2026-01-01T00:00:00.000Z' };

const cloud = await startLocalCloud();
after(() => cloud.close());

function open(bucket: string | null): BucketJournalStore {
  return new BucketJournalStore({ apiEndpoint: cloud.rest, bucket });
}

journalStoreConformance('a bucket', async () => open(null));

const store = open('journals');

/** A journal with entries 0 to 2, and its bucket to damage it. */
async function write(rolloutId: string) {
  const place = { ref: REF, rolloutId };
  for (const number of [0, 1, 2]) await store.append(place, number, ENTRY);
  const bucket = new Storage({ projectId: 'p', apiEndpoint: cloud.rest }).bucket('journals');
  const nameOf = (file: string) => `rollouts/europe-west1/shop/${rolloutId}/${file}`;
  return { place, bucket, nameOf };
}

test('an entry that is missing is told, and not passed over', async () => {
  const { place, bucket, nameOf } = await write('r-gap');
  await bucket.file(nameOf('000001.json')).delete();
  await assert.rejects(store.read(place), {
    code: 'journal_damaged',
    message: `The journal has ${nameOf('000002.json')} where ${nameOf('000001.json')} was expected`,
  });
  await assert.rejects(store.read(place, 1), { code: 'journal_damaged' });
  assert.deepEqual(await store.read(place, 2), [ENTRY]);
});

test('an entry that is none is told', async () => {
  for (const [id, text] of [
    ['r-text', '{"kind":"beg'],
    ['r-null', 'null'],
    ['r-other', '{"kind":1}'],
    ['r-word', 'begun'],
  ] as const) {
    const { place, bucket, nameOf } = await write(id);
    await bucket.file(nameOf('000001.json')).save(text, { resumable: false });
    await assert.rejects(store.read(place), {
      code: 'journal_damaged',
      message: `gs://journals/${nameOf('000001.json')} is no entry of a journal`,
    });
  }
});

test('more rollouts than fit on a page are listed', async () => {
  const bucket = new Storage({ projectId: 'p', apiEndpoint: cloud.rest }).bucket('journals');
  const ids = Array.from({ length: 1_005 }, (_, at) => `r-${String(at).padStart(4, '0')}`);
  for (let start = 0; start < ids.length; start += 67) {
    const some = ids.slice(start, start + 67);
    await Promise.all(
      some.map((id) =>
        bucket
          .file(`rollouts/europe-west1/busy/${id}/000000.json`)
          .save(JSON.stringify(ENTRY), { resumable: false, validation: false }),
      ),
    );
  }
  assert.deepEqual(await store.list({ ...REF, service: 'busy' }), ids.toReversed());
});

test('what could not be read again is not written', async () => {
  const entry = { ...ENTRY, error: 'none' };
  await assert.rejects(store.append({ ref: REF, rolloutId: 'r-error' }, 0, entry), TypeError);
  assert.deepEqual(await store.read({ ref: REF, rolloutId: 'r-error' }), []);
});

test('a journal that cannot be reached is told without the address asked for', () => {
  const words = 'request to http://x/b?secret failed, reason: connect ECONNREFUSED';
  const error = Object.assign(new Error(words), { code: 'ECONNREFUSED' });
  const { message } = translateError(error, 'journals') as Error;
  assert.equal(message, 'The journal in gs://journals: connect ECONNREFUSED');
});

test('what Cloud Storage answers becomes ours', () => {
  const translated = (message: string, code?: unknown) => {
    const error = Object.assign(new Error(message), code === undefined ? {} : { code });
    return (translateError(error, 'journals') as { code: string }).code;
  };
  assert.deepEqual(
    [401, 403, 404, 408, 429, 500, 503, 'ECONNRESET', 412].map((code) => translated('words', code)),
    [
      'journal_denied',
      'journal_denied',
      'journal_unreachable',
      'journal_unreachable',
      'journal_unreachable',
      'journal_unreachable',
      'journal_unreachable',
      'journal_unreachable',
      412,
    ],
  );
  assert.equal(translated('Could not load the default credentials.'), 'journal_denied');
});
