import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Bucket, File } from '@google-cloud/storage';
import { makeHome, now, openRig, statusOf } from './storage-rig.fake.ts';
import type { StorageRig } from './storage-rig.fake.ts';
import { crc32c } from './store/crc32c.ts';

const { home, remove } = makeHome();
let rig: StorageRig;
let bucket: Bucket;

before(async () => {
  await open();
  await bucket.create({ location: 'europe-west1' });
});

after(async () => {
  await rig.close();
  remove();
});

async function open(): Promise<void> {
  rig = await openRig(home);
  ({ bucket } = rig);
}

function save(file: File, text: string | Buffer, more: object = {}): Promise<void> {
  return file.save(text, { resumable: false, validation: 'crc32c', ...more });
}

test('crc32c is the one of Castagnoli', () => {
  // RFC 3720, B.4: e3069283 for "123456789", 8a9136aa for 32 bytes of zero.
  assert.equal(crc32c(Buffer.from('123456789')), Buffer.from('e3069283', 'hex').toString('base64'));
  assert.equal(crc32c(Buffer.alloc(32)), Buffer.from('8a9136aa', 'hex').toString('base64'));
  assert.equal(crc32c(Buffer.alloc(0)), 'AAAAAA==');
});

describe('buckets', () => {
  test('are there once they are created', async () => {
    const other = bucket.storage.bucket('other.one');
    assert.deepEqual(await other.exists(), [false]);
    await other.create({ iamConfiguration: { uniformBucketLevelAccess: { enabled: true } } });
    assert.deepEqual(await other.exists(), [true]);
    const [{ name, location, storageClass }] = await bucket.getMetadata();
    assert.deepEqual([name, location, storageClass], ['journal', 'EUROPE-WEST1', 'STANDARD']);
  });

  test('refuse what Cloud Storage refuses', async () => {
    const { storage } = bucket;
    assert.deepEqual(await statusOf(bucket.create()), [409, 'conflict']);
    assert.deepEqual(await statusOf(storage.bucket('Bad_').create()), [400, 'invalid']);
    assert.deepEqual(await statusOf(storage.bucket('no-one').get()), [404, 'notFound']);
    assert.deepEqual(await statusOf(storage.bucket('no-one').getFiles()), [404, 'notFound']);
    const file = storage.bucket('no-one').file('a');
    assert.deepEqual(await statusOf(save(file, 'x')), [404, 'notFound']);
    const versioned = { versioning: { enabled: true } };
    assert.deepEqual(await statusOf(storage.bucket('old').create(versioned)), [
      501,
      'notImplemented',
    ]);
  });
});

describe('objects', () => {
  test('come back as they were written, with their checksums', async () => {
    const file = bucket.file('a dir/ünï?#%2F.json');
    await save(file, '{"a":1}', {
      contentType: 'application/json',
      metadata: { metadata: { k: 'v' } },
    });
    const [content] = await file.download({ validation: 'md5' });
    assert.equal(content.toString(), '{"a":1}');
    const [{ generation, id, etag, selfLink, mediaLink, ...metadata }] = await file.getMetadata();
    assert.equal(id, `journal/${file.name}/${generation}`);
    assert.ok(etag && selfLink);
    assert.equal(await (await fetch(String(mediaLink))).text(), '{"a":1}');
    assert.deepEqual(metadata, {
      kind: 'storage#object',
      bucket: 'journal',
      name: file.name,
      contentType: 'application/json',
      metadata: { k: 'v' },
      metageneration: '1',
      size: '7',
      crc32c: crc32c(Buffer.from('{"a":1}')),
      // printf '{"a":1}' | openssl md5 -binary | base64
      md5Hash: 'u2y1xo30ZSlByvZSo2by2A==',
      storageClass: 'STANDARD',
      timeCreated: now.toISOString(),
      updated: now.toISOString(),
    });
  });

  test('are written by each way of the client, empty ones too', async () => {
    const big = Buffer.alloc(700_000, 'abcdefg');
    const chunked = { resumable: true, chunkSize: 256 * 1024 };
    const ways: readonly [Buffer, object][] = [
      [big, {}],
      [big, { resumable: true }],
      [big, chunked],
      [big, { ...chunked, metadata: { contentLength: big.length } }],
      [Buffer.alloc(0), {}],
      [Buffer.alloc(0), { resumable: true }],
    ];
    for (const [content, way] of ways) {
      const file = bucket.file('big');
      await save(file, content, way);
      const [found] = await file.download();
      assert.ok(content.equals(found), JSON.stringify(way));
    }
  });

  test('are written by plain HTTP, and not when a checksum is another', async () => {
    const url = `${rig.rest}/upload/storage/v1/b/journal/o?uploadType=media&name=plain`;
    const put = (crc: string) =>
      fetch(url, {
        method: 'POST',
        body: '123456789',
        headers: { 'content-type': 'text/plain', 'x-goog-hash': `crc32c=${crc}` },
      });
    assert.equal((await put('AAAAAA==')).status, 400);
    assert.deepEqual(await bucket.file('plain').exists(), [false]);
    assert.equal((await put('4waSgw==')).status, 200);
    const [{ contentType, size }] = await bucket.file('plain').getMetadata();
    assert.deepEqual([contentType, size], ['text/plain', '9']);
  });

  test('are read in parts', async () => {
    await save(bucket.file('parts'), '0123456789');
    const url = `${rig.rest}/storage/v1/b/journal/o/parts?alt=media`;
    const asked = ['bytes=2-4', 'bytes=8-99', 'bytes=-3', 'bytes=7-', 'bytes=10-', 'lines=1-2'];
    const answers = await Promise.all(
      asked.map(async (range) => {
        const answer = await fetch(url, { headers: { range } });
        return [answer.status, answer.headers.get('content-range'), await answer.text()];
      }),
    );
    assert.deepEqual(
      answers.map((answer) => (answer[0] === 416 ? 416 : answer)),
      [
        [206, 'bytes 2-4/10', '234'],
        [206, 'bytes 8-9/10', '89'],
        [206, 'bytes 7-9/10', '789'],
        [206, 'bytes 7-9/10', '789'],
        416,
        [200, null, '0123456789'],
      ],
    );
  });

  test('are gone once they are deleted', async () => {
    const file = bucket.file('gone');
    await save(file, 'x');
    await file.delete();
    assert.deepEqual(await file.exists(), [false]);
    assert.deepEqual(await statusOf(file.delete()), [404, 'notFound']);
    assert.deepEqual(await statusOf(file.getMetadata()), [404, 'notFound']);
    assert.equal(((await statusOf(file.download())) as unknown[])[0], 404);
  });
});

describe('preconditions', () => {
  const mustBe = (ifGenerationMatch: number | string) => ({
    preconditionOpts: { ifGenerationMatch },
  });
  const notMet = [412, 'conditionNotMet'];

  test('generations grow, although the clock stands', async () => {
    const file = bucket.file('growing');
    const generations: number[] = [];
    for (const text of ['a', 'b', 'c']) {
      await save(file, text);
      generations.push(Number((await file.getMetadata())[0].generation));
    }
    const [first = 0, second = 0, third = 0] = generations;
    assert.ok(first < second && second < third && first >= now.getTime() * 1000);
  });

  test('let only one create', async () => {
    const tries = Array.from({ length: 20 }, (_, writer) =>
      statusOf(
        save(bucket.file('once'), `${writer}`, { ...mustBe(0), resumable: writer % 4 === 0 }),
      ),
    );
    const results = await Promise.all(tries);
    const winner = results.indexOf('done');
    assert.equal(results.filter((result) => result === 'done').length, 1);
    assert.equal(results.filter((result) => (result as unknown[])[0] === 412).length, 19);
    assert.equal(String((await bucket.file('once').download())[0]), `${winner}`);
    assert.deepEqual(await statusOf(save(bucket.file('once'), 'x', mustBe(0))), notMet);
  });

  test('let only who knows the generation replace or delete', async () => {
    const file = bucket.file('known');
    assert.deepEqual(await statusOf(save(file, 'a', mustBe(7))), notMet);
    await save(file, 'a');
    const [{ generation = 0 }] = await file.getMetadata();
    await save(file, 'b', mustBe(generation));
    assert.deepEqual(await statusOf(save(file, 'c', mustBe(generation))), notMet);
    assert.deepEqual(await statusOf(file.delete({ ifGenerationMatch: generation })), notMet);
    const [newer] = await file.getMetadata();
    assert.equal(await statusOf(file.delete({ ifGenerationMatch: newer.generation ?? 0 })), 'done');
  });
});

describe('lists', () => {
  const names = ['l/a', 'l/b/1', 'l/b/2', 'l/c', 'l/d/1', 'l/😀', 'l/\uffee'];
  // By bytes of UTF-8; by JavaScript's order the last two are the other way round.
  const sorted = ['l/a', 'l/b/1', 'l/b/2', 'l/c', 'l/d/1', 'l/\uffee', 'l/😀'];

  before(async () => {
    for (const name of names.toReversed()) await save(bucket.file(name), name);
  });

  const list = async (query: object) => {
    const [files, , answer] = await bucket.getFiles({ autoPaginate: false, ...query });
    const { prefixes = [] } = answer as { prefixes?: readonly string[] };
    return [...files.map(({ name }) => name), ...prefixes];
  };

  test('are by prefix and range, in the order of bytes', async () => {
    assert.deepEqual(await list({ prefix: 'l/' }), sorted);
    assert.deepEqual(await list({ prefix: 'l/b' }), ['l/b/1', 'l/b/2']);
    const range = { prefix: 'l/', startOffset: 'l/b/2', endOffset: 'l/d' };
    assert.deepEqual(await list(range), ['l/b/2', 'l/c']);
    assert.deepEqual(await list({ prefix: 'none' }), []);
  });

  test('gather what is below a delimiter', async () => {
    const found = await list({ prefix: 'l/', delimiter: '/' });
    assert.deepEqual(found, ['l/a', 'l/c', 'l/\uffee', 'l/😀', 'l/b/', 'l/d/']);
    assert.deepEqual(await list({ prefix: 'l/b/', delimiter: '/' }), ['l/b/1', 'l/b/2']);
  });

  test('come in pages', async () => {
    for (const delimiter of ['', '/']) {
      const seen: string[][] = [];
      let next: object | null = { prefix: 'l/', delimiter, maxResults: 2, autoPaginate: false };
      while (next !== null) {
        seen.push(await list(next));
        const page: [File[], object | null, unknown] = await bucket.getFiles(next);
        [, next] = page;
      }
      assert.deepEqual(
        seen,
        delimiter === ''
          ? [['l/a', 'l/b/1'], ['l/b/2', 'l/c'], ['l/d/1', 'l/\uffee'], ['l/😀']]
          : [
              ['l/a', 'l/b/'],
              ['l/c', 'l/d/'],
              ['l/\uffee', 'l/😀'],
            ],
      );
    }
    assert.deepEqual(await statusOf(bucket.getFiles({ pageToken: 'x' })), [400, 'invalid']);
  });
});

describe('what is not modelled is refused', () => {
  const refused: readonly [verb: string, path: string, status: number][] = [
    ['PATCH', '/storage/v1/b/journal/o/none', 404],
    ['GET', '/storage/v1/b', 400],
    ['GET', '/storage/v1/b/journal/acl', 501],
    ['GET', '/storage/v1/b/journal/o?softDeleted=true', 501],
    ['GET', '/storage/v1/bucket', 501],
    ['POST', '/storage/v1/b', 400],
    ['POST', '/upload/storage/v1/b/journal/o?name=a', 400],
    ['POST', '/upload/storage/v1/b/journal/o?name=a&uploadType=multipart', 400],
    ['POST', '/upload/storage/v1/b/journal/o?uploadType=media', 400],
    ['PUT', '/upload/storage/v1/b/journal/o?upload_id=a', 404],
    ['GET', '/storage/v1/b/journal/o/%E0%A4%A', 400],
    ['GET', '/storage/v1/b/journal/o?maxResults=many', 400],
  ];
  for (const [method, path, status] of refused) {
    test(`${method} ${path}`, async () => {
      const answer = await fetch(`${rig.rest}${path}`, { method });
      const { error } = (await answer.json()) as { error: { code: number; errors: object[] } };
      assert.deepEqual([answer.status, error.code, error.errors.length], [status, status, 1]);
    });
  }
});

test('all is there after a restart, and generations still grow', async () => {
  const [before] = await bucket.file('l/a').getMetadata();
  await rig.close();
  await open();
  assert.equal(String((await bucket.file('l/a').download())[0]), 'l/a');
  await save(bucket.file('l/a'), 'new');
  const [later] = await bucket.file('l/a').getMetadata();
  assert.ok(Number(later.generation) > Number(before.generation));
});
