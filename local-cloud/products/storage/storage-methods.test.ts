import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Bucket, File } from '@google-cloud/storage';
import { makeHome, openRig, statusOf } from './storage-rig.fake.ts';
import type { StorageRig } from './storage-rig.fake.ts';
import { crc32c } from './store/crc32c.ts';

const { home, remove } = makeHome();
let rig: StorageRig;
let bucket: Bucket;

before(async () => {
  rig = await openRig(home);
  ({ bucket } = rig);
  await bucket.create();
});

after(async () => {
  await rig.close();
  remove();
});

const contents = () => readdirSync(join(home, 'storage/contents')).length;

async function save(name: string, content: string | Buffer): Promise<File> {
  const file = bucket.file(name);
  await file.save(content, { resumable: false, metadata: { metadata: { k: 'v', l: 'w' } } });
  return file;
}

describe('buckets', () => {
  test('are listed, changed and deleted when they are empty', async () => {
    const { storage } = bucket;
    const other = storage.bucket('another');
    await other.create();
    const listed = await storage.getBuckets({ prefix: 'an' });
    assert.deepEqual(
      listed[0].map(({ name }) => name),
      ['another'],
    );
    await other.setMetadata({ labels: { team: 'a', cost: 'b' } });
    await other.setMetadata({ labels: { cost: null }, storageClass: 'NEARLINE' });
    const [{ labels, storageClass, metageneration }] = await other.getMetadata();
    assert.deepEqual([labels, storageClass, metageneration], [{ team: 'a' }, 'NEARLINE', '3']);
    await other.file('a').save('x', { resumable: false });
    assert.deepEqual(await statusOf(other.delete()), [409, 'conflict']);
    await other.file('a').delete();
    await other.delete();
    assert.deepEqual(await other.exists(), [false]);
  });
});

describe('objects', () => {
  test('change what is said of them, not what they hold', async () => {
    const file = await save('changed', 'x');
    const [{ generation }] = await file.getMetadata();
    await file.setMetadata({ contentType: 'text/plain', metadata: { k: null, m: 'n' } });
    const [changed] = await file.getMetadata();
    const { contentType, metadata, metageneration } = changed;
    assert.deepEqual(
      [contentType, metadata, metageneration, changed.generation],
      ['text/plain', { l: 'w', m: 'n' }, '2', generation],
    );
    const stale = file.setMetadata({ contentType: 'a/b' }, { ifMetagenerationMatch: 1 });
    assert.deepEqual(await statusOf(stale), [412, 'conditionNotMet']);
  });

  test('are copied with what is said of them', async () => {
    const file = await save('original', 'abc');
    await file.copy(bucket.file('copied'));
    await file.delete();
    const copied = bucket.file('copied');
    assert.equal(String((await copied.download())[0]), 'abc');
    assert.deepEqual((await copied.getMetadata())[0].metadata, { k: 'v', l: 'w' });
    const again = copied.copy(bucket.file('copied'), {
      preconditionOpts: { ifGenerationMatch: 0 },
    });
    assert.deepEqual(await statusOf(again), [412, 'conditionNotMet']);
    const gone = bucket.file('original').copy(bucket.file('b'));
    assert.deepEqual(await statusOf(gone), [404, 'notFound']);
  });

  test('are composed of others, with a checksum and without an MD5', async () => {
    const parts = [
      await save('part-1', 'ab'),
      await save('part-2', ''),
      await save('part-3', 'cd'),
    ];
    await bucket.combine(parts, bucket.file('whole'));
    const [{ crc32c: sum, md5Hash, componentCount, size }] = await bucket
      .file('whole')
      .getMetadata();
    const expected = [crc32c(Buffer.from('abcd')), undefined, 3, '4'];
    assert.deepEqual([sum, md5Hash, componentCount, size], expected);
    assert.equal(String((await bucket.file('whole').download())[0]), 'abcd');
  });

  test('are not sent again to whoever has them', async () => {
    const file = await save('known', 'x');
    const [{ generation }] = await file.getMetadata();
    const url = `${rig.rest}/storage/v1/b/journal/o/known`;
    const statuses = await Promise.all(
      [
        `ifGenerationNotMatch=${generation}`,
        'ifMetagenerationNotMatch=1&alt=media',
        'ifGenerationNotMatch=1',
        'ifGenerationMatch=1',
      ].map(async (query) => (await fetch(`${url}?${query}`)).status),
    );
    assert.deepEqual(statuses, [304, 304, 200, 412]);
  });

  test('leave no content behind when they are replaced, refused or deleted', async () => {
    const before = contents();
    const file = await save('kept', 'one');
    await save('kept', 'two');
    assert.equal(contents(), before + 1);
    const refused = file.save('three', {
      resumable: false,
      preconditionOpts: { ifGenerationMatch: 1 },
    });
    assert.deepEqual(await statusOf(refused), [412, 'conditionNotMet']);
    await file.delete();
    assert.equal(contents(), before);
  });

  test('that a reader has begun are read to their end, although they are replaced', async () => {
    const content = randomBytes(8_000_000);
    await save('long', content);
    const answer = await fetch(`${rig.rest}/storage/v1/b/journal/o/long?alt=media`);
    await save('long', 'short');
    assert.ok(content.equals(Buffer.from(await answer.arrayBuffer())));
  });
});

describe('resumable uploads', () => {
  const CHUNK_BYTES = 256 * 1024;
  const content = randomBytes(2 * CHUNK_BYTES + 5);
  const begin = async (name: string): Promise<string> => {
    const query = `uploadType=resumable&name=${name}`;
    const url = `${rig.rest}/upload/storage/v1/b/journal/o?${query}`;
    const answer = await fetch(url, { method: 'POST' });
    return answer.headers.get('location') ?? '';
  };
  const send = async (url: string, range: string, body: Buffer = Buffer.alloc(0)) => {
    const headers = { 'content-range': `bytes ${range}` };
    const answer = await fetch(url, { method: 'PUT', headers, body });
    return [answer.status, answer.headers.get('range')];
  };

  test('go on after a restart where they were', async () => {
    const url = await begin('resumed');
    assert.deepEqual(await send(url, `*/${content.length}`), [308, null]);
    const first = content.subarray(0, CHUNK_BYTES);
    const range = `bytes=0-${CHUNK_BYTES - 1}`;
    assert.deepEqual(await send(url, `0-${CHUNK_BYTES - 1}/*`, first), [308, range]);
    await rig.close();
    rig = await openRig(home);
    ({ bucket } = rig);
    const later = `${rig.rest}${new URL(url).pathname}${new URL(url).search}`;
    assert.deepEqual(await send(later, `*/${content.length}`), [308, range]);
    const total = content.length;
    // The first bytes are here already: they are passed over.
    const rest = content.subarray(100);
    assert.deepEqual((await send(later, `100-${total - 1}/${total}`, rest))[0], 200);
    const [found] = await bucket.file('resumed').download();
    assert.ok(content.equals(found));
    // Whoever lost the answer gets it again.
    assert.deepEqual((await send(later, `*/${total}`))[0], 200);
  });

  test('keep of a chunk what fills 256 KiB, and refuse a gap', async () => {
    const url = await begin('grains');
    const range = `bytes=0-${CHUNK_BYTES - 1}`;
    const more = content.subarray(0, CHUNK_BYTES + 100);
    assert.deepEqual(await send(url, `0-${more.length - 1}/*`, more), [308, range]);
    assert.deepEqual((await send(url, `${CHUNK_BYTES + 1}-*/*`, more))[0], 400);
  });

  test('end when they are given up', async () => {
    const before = contents();
    const url = await begin('given-up');
    await send(url, `0-${CHUNK_BYTES - 1}/*`, content.subarray(0, CHUNK_BYTES));
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 499);
    assert.deepEqual(await send(url, '*/*'), [404, null]);
    assert.equal(contents(), before);
  });

  test('are refused when the content has another checksum', async () => {
    const query = 'uploadType=resumable&name=wrong';
    const answer = await fetch(`${rig.rest}/upload/storage/v1/b/journal/o?${query}`, {
      method: 'POST',
      body: JSON.stringify({ md5Hash: createHash('md5').update('other').digest('base64') }),
    });
    const url = answer.headers.get('location') ?? '';
    assert.deepEqual((await send(url, `0-4/5`, content.subarray(0, 5)))[0], 400);
    assert.deepEqual(await bucket.file('wrong').exists(), [false]);
  });
});

test('faults meet the methods by the names of the reference', async () => {
  rig.faults.add({
    kind: 'status',
    code: 'UNAVAILABLE',
    method: 'storage.objects.insert',
    times: 1,
  });
  const file = bucket.file('faulty');
  const write = () => statusOf(file.save('x', { resumable: false }));
  assert.deepEqual(await write(), [503, 'backendError']);
  assert.equal(await write(), 'done');
  rig.faults.add({
    kind: 'status',
    code: 'RESOURCE_EXHAUSTED',
    method: 'storage.objects.list',
    times: 1,
  });
  assert.deepEqual(await statusOf(bucket.getFiles()), [429, 'rateLimitExceeded']);
});

test('a content need not fit into memory', async () => {
  const sizeBytes = 300_000_000;
  const chunk = randomBytes(1_000_000);
  const body = async function* () {
    for (let sent = 0; sent < sizeBytes; sent += chunk.length) yield chunk;
  };
  const before = process.memoryUsage().rss;
  const url = `${rig.rest}/upload/storage/v1/b/journal/o?uploadType=media&name=huge`;
  const answer = await fetch(url, { method: 'POST', body: body(), duplex: 'half' });
  assert.equal(((await answer.json()) as { size: string }).size, String(sizeBytes));
  let received = 0;
  const download = await fetch(`${rig.rest}/storage/v1/b/journal/o/huge?alt=media`);
  for await (const part of (download.body ?? []) as AsyncIterable<Uint8Array>) {
    received += part.length;
  }
  assert.equal(received, sizeBytes);
  const grown = process.memoryUsage().rss - before;
  // What waits for the garbage collector grows with the load of the machine: 235 MB were seen.
  assert.ok(grown < sizeBytes, `grew by ${grown}`);
});
