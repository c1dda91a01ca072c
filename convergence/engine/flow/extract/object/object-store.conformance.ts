import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FoundObject, ObjectStore } from './object-store.ts';

export interface ObjectStoreHarness {
  readonly store: ObjectStore;
  /** `gs://…` or `s3://…` of a bucket that is there, without a slash behind it. */
  readonly bucket: string;
}

/** What every object storage must do, with a bucket of its own. */
export function objectStoreConformance(
  name: string,
  open: () => Promise<ObjectStoreHarness>,
): void {
  describe(`${name} as object storage`, () => {
    let folder = '';
    let harness: ObjectStoreHarness;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'objects-'));
      harness = await open();
    });
    after(() => rm(folder, { recursive: true }));
    for (const [title, run] of Object.entries(CASES)) {
      test(title, () => run({ ...harness, folder }));
    }
  });
}

interface Given extends ObjectStoreHarness {
  readonly folder: string;
}

const CASES: Readonly<Record<string, (given: Given) => Promise<void>>> = {
  async 'gives back what was put, small, large and empty'({ store, bucket, folder }) {
    for (const sizeBytes of [0, 1, 1_000, 20_000_000]) {
      const content = randomBytes(sizeBytes);
      const uri = `${bucket}/sizes/ünï %2F#?/${sizeBytes}`;
      const file = await write(folder, content);
      const put = await store.put(uri, file);
      assert.deepEqual([put.uri, put.sizeBytes], [uri, sizeBytes]);
      const [found, ...more] = await listAll(store, uri);
      assert.deepEqual([found, more], [pick(put), []]);
      const target = join(folder, 'back');
      await store.download(pick(put), target);
      assert.ok(content.equals(await readFile(target)));
    }
    assert.deepEqual(
      (await readdir(folder)).filter((one) => one.endsWith('.partial')),
      [],
    );
  },

  async 'tells the checksum of what was put'({ store, bucket, folder }) {
    // RFC 3720, B.4: e3069283.
    const { crc32c } = await store.put(`${bucket}/sum`, await write(folder, '123456789'));
    assert.equal(crc32c, Buffer.from('e3069283', 'hex').toString('base64'));
  },

  async 'lists by prefix, in the order of bytes, more than a page'({ store, bucket, folder }) {
    const file = await write(folder, 'x');
    const names = ['l/a', 'l/b/1', 'l/b/2', 'l/\uffee', 'l/😀', 'm'];
    for (const name of names.toReversed()) await store.put(`${bucket}/list/${name}`, file);
    const keysOf = async (prefix: string) =>
      (await listAll(store, `${bucket}/list/${prefix}`)).map(({ uri }) =>
        uri.slice(`${bucket}/list/`.length),
      );
    assert.deepEqual(await keysOf(''), names);
    assert.deepEqual(await keysOf('l/b'), ['l/b/1', 'l/b/2']);
    assert.deepEqual(await keysOf('nothing'), []);
    const many = Array.from({ length: 1_005 }, (_, at) => `many/${String(at).padStart(4, '0')}`);
    for (let at = 0; at < many.length; at += 50) {
      await Promise.all(
        many.slice(at, at + 50).map((name) => store.put(`${bucket}/list/${name}`, file)),
      );
    }
    assert.deepEqual(await keysOf('many/'), many);
  },

  async 'gives another version to each content, and none of them later'(given) {
    const { store, bucket, folder } = given;
    const uri = `${bucket}/versions`;
    const first = await store.put(uri, await write(folder, 'one'));
    const second = await store.put(uri, await write(folder, 'two'));
    assert.notEqual(first.version, second.version);
    const target = join(folder, 'old');
    await assert.rejects(store.download(first, target), { code: 'object_changed' });
    await store.download(second, target);
    assert.equal(String(await readFile(target)), 'two');
    await store.remove(uri);
    await assert.rejects(store.download(second, target), { code: 'object_changed' });
    await store.remove(uri);
  },

  async 'goes on with a download behind what is there'({ store, bucket, folder }) {
    const content = randomBytes(100_000);
    const object = await store.put(`${bucket}/resumed`, await write(folder, content));
    for (const there of [1, 60_000, 100_000]) {
      const target = join(folder, `resumed-${there}`);
      await writeFile(`${target}.partial`, content.subarray(0, there));
      await store.download(object, target);
      assert.ok(content.equals(await readFile(target)), `${there}`);
    }
    const wrong = join(folder, 'wrong');
    await writeFile(`${wrong}.partial`, Buffer.alloc(60_000));
    // Proves that what was there was not fetched again.
    await assert.rejects(store.download(object, wrong), { code: 'object_damaged' });
    await store.download(object, wrong);
    assert.ok(content.equals(await readFile(wrong)));
  },

  async 'gives the beginning for a look'({ store, bucket, folder }) {
    const object = await store.put(`${bucket}/look`, await write(folder, '0123456789'));
    const target = join(folder, 'look');
    await store.download(object, target, { maxBytes: 4 });
    assert.equal(String(await readFile(target)), '0123');
  },

  async 'writes what is absent once, also when it is said twice'({ store, bucket, folder }) {
    for (const sizeBytes of [10, 12_000_000]) {
      const uri = `${bucket}/once/${sizeBytes}`;
      const file = await write(folder, randomBytes(sizeBytes));
      const put = await store.put(uri, file, { ifAbsent: true });
      assert.deepEqual(await store.put(uri, file, { ifAbsent: true }), put);
      const other = await write(folder, randomBytes(sizeBytes));
      await assert.rejects(store.put(uri, other, { ifAbsent: true }), { code: 'object_exists' });
      assert.deepEqual(await listAll(store, uri), [pick(put)]);
    }
  },

  async 'stops when it is told to'({ store, bucket, folder }) {
    const file = await write(folder, randomBytes(12_000_000));
    const uri = `${bucket}/stopped`;
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(store.put(uri, file, { signal }), { message: 'enough' });
    assert.deepEqual(await listAll(store, uri), []);
    const object = await store.put(uri, file);
    const target = join(folder, 'stopped');
    await assert.rejects(store.download(object, target, { signal }), { message: 'enough' });
    await assert.rejects(listAll(store, uri, signal), { message: 'enough' });
  },

  async 'says that a bucket is not there'({ store, bucket, folder }) {
    const nowhere = `${bucket}-nowhere`;
    const file = await write(folder, 'x');
    const code = 'bucket_absent';
    await assert.rejects(listAll(store, `${nowhere}/a`), { code });
    await assert.rejects(store.put(`${nowhere}/a`, file), { code });
    const object = { uri: `${nowhere}/a`, version: '1', sizeBytes: 1 };
    await assert.rejects(store.download(object, join(folder, 'none')), { code });
  },

  async 'refuses a place of another kind of storage'({ store, bucket }) {
    const other = bucket.startsWith('gs:') ? 's3://some-bucket/a' : 'gs://some-bucket/a';
    for (const uri of [other, 'http://some-bucket/a', `${bucket}/..//\0`.replace(/.*:/, 'x:')]) {
      await assert.rejects(store.remove(uri), { code: 'object_uri_invalid' });
    }
  },
};

/** S3 tells times in seconds. */
const CLOCKS_APART_MS = 60_000;

let written = 0;
async function write(folder: string, content: string | Uint8Array): Promise<string> {
  const file = join(folder, `file-${(written += 1)}`);
  await writeFile(file, content);
  return file;
}

async function listAll(
  store: ObjectStore,
  prefix: string,
  signal?: AbortSignal,
): Promise<FoundObject[]> {
  const found: FoundObject[] = [];
  for await (const object of store.list(prefix, signal)) {
    assert.ok(Math.abs(object.modifiedAt.getTime() - Date.now()) < CLOCKS_APART_MS);
    found.push(pick(object));
  }
  return found;
}

function pick({ uri, version, sizeBytes }: FoundObject): FoundObject {
  return { uri, version, sizeBytes };
}
