import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import type { ExtractProgress, SourceState } from '../../../engine/flow/source.ts';
import { objectSourceSpec } from '../../../engine/pipeline/spec/file-source-spec.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { startLocalCloud } from '../../../testing/local-cloud-process.ts';
import { GcsStore } from '../gcs/gcs-store.ts';
import { createObjectSource } from './object-source.ts';

const cloud = await startLocalCloud();
after(() => cloud.close());
const options = { projectId: 'p', apiEndpoint: cloud.rest, authClient: new PassThroughClient() };
const storage = new Storage(options);
const store = new GcsStore(async () => options);
const source = createObjectSource(async () => store);
const scope = tenantScope('acme_corp');

const base = await mkdtemp(join(tmpdir(), 'object-source-'));
after(() => rm(base, { recursive: true }));

let bucket = '';
let parts = '';
let made = 0;
beforeEach(async () => {
  made += 1;
  bucket = `bucket-${made}`;
  parts = join(base, String(made));
  await mkdir(parts);
  await storage.bucket(bucket).create();
});

async function put(key: string, content: string | Buffer = 'a,b\n1,2\n'): Promise<void> {
  await storage.bucket(bucket).file(key).save(content, { resumable: false });
}

interface Given {
  readonly state?: SourceState | null;
  readonly maxPages?: number;
  readonly onProgress?: (progress: ExtractProgress) => void;
}

async function extract(resource: object, given: Given = {}) {
  const { state = null, maxPages, onProgress = () => undefined } = given;
  const paths = (resource as { path: string[] }).path.map((path) => `gs://${bucket}/${path}`);
  const spec = { name: 'orders', ...resource, path: paths };
  const extraction = await source.extract(scope, {
    source: objectSourceSpec.parse({ type: 'object_storage', resources: [spec] }),
    resource: 'orders',
    state,
    folder: parts,
    parents: {},
    signal: new AbortController().signal,
    onProgress,
    ...(maxPages === undefined ? {} : { maxPages }),
  });
  const keys = extraction.parts.map(({ label }) => label.slice(`gs://${bucket}/`.length));
  return { ...extraction, keys };
}

test('objects become parts as they are, in order', async () => {
  const files: [string, string | Buffer, object][] = [
    ['in/a.csv', 'a\n1\n', { format: 'csv', compression: 'none', csv: { skip: 1 } }],
    ['in/b.tsv.gz', gzipSync('a\n1\n'), { format: 'csv', compression: 'gzip' }],
    ['in/c.jsonl', '{"a":1}\n', { format: 'ndjson', compression: 'none' }],
  ];
  for (const [key, content] of files.toReversed()) await put(key, content);
  await put('in/empty.csv', '');
  await put('in/', '');
  await put('other/a.csv');
  const seen: ExtractProgress[] = [];
  const { parts: made } = await extract(
    { path: ['in/*', 'in/a.csv'], csv: { skip: 1 } },
    { onProgress: (progress) => seen.push(progress) },
  );
  const expected = files.map(([key, content, rest]) => {
    const csv = key.includes('tsv') ? { csv: { skip: 1, delimiter: '\t' } } : {};
    const sizeBytes = Buffer.byteLength(content);
    return { label: `gs://${bucket}/${key}`, sizeBytes, ...rest, ...csv };
  });
  assert.deepEqual(
    made,
    expected.map((part, at) => ({ ...part, path: made[at]?.path })),
  );
  assert.equal(await readFile(made[0]?.path ?? '', 'utf8'), 'a\n1\n');
  const bytes = expected.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  assert.deepEqual(seen, [{ rows: null, bytes, parts: 3 }]);
});

test('the next load reads what is new or changed, and one that is gone stays known', async () => {
  const resource = { path: ['d/*.csv'] };
  await put('d/a.csv');
  await put('d/b.csv');
  const first = await extract(resource);
  assert.deepEqual([first.keys, first.unchanged], [['d/a.csv', 'd/b.csv'], false]);
  const second = await extract(resource, { state: first.state });
  assert.deepEqual([second.keys, second.unchanged, second.state], [[], true, first.state]);
  // The same content, written again, is another generation.
  await put('d/b.csv');
  await put('d/c.csv');
  const third = await extract(resource, { state: first.state });
  assert.deepEqual(third.keys, ['d/b.csv', 'd/c.csv']);
  await storage.bucket(bucket).deleteFiles();
  const fourth = await extract(resource, { state: third.state });
  assert.deepEqual([fourth.unchanged, fourth.state], [true, third.state]);
});

test('a replace reads all objects when one was removed', async () => {
  const resource = { path: ['d/*.csv'], write_disposition: 'replace' };
  for (const key of ['d/a.csv', 'd/b.csv', 'd/c.csv']) await put(key);
  const { state } = await extract(resource);
  await storage.bucket(bucket).file('d/a.csv').delete();
  assert.deepEqual((await extract(resource, { state })).keys, ['d/b.csv', 'd/c.csv']);
});

test('an attempt that goes on fetches what is not there, of the versions that are now', async () => {
  const resource = { path: ['d/*.csv'] };
  for (const key of ['d/a.csv', 'd/b.csv', 'd/c.csv']) await put(key);
  const { parts: before } = await extract(resource);
  const [a, b, c] = before.map(({ path }) => path);
  assert.ok(a && b && c);
  // As a crash leaves it: one whole (and marked), one begun, one of an older version.
  await writeFile(a, 'x,y\n3,4\n');
  await rm(b);
  await writeFile(`${b}.partial`, 'a,b\n');
  await put('d/c.csv', 'a,b\n5,6\n');
  const { parts: after } = await extract(resource);
  const contents = await Promise.all(after.map(({ path }) => readFile(path, 'utf8')));
  assert.deepEqual(contents, ['x,y\n3,4\n', 'a,b\n1,2\n', 'a,b\n5,6\n']);
  assert.deepEqual(
    (await readdir(parts)).toSorted(),
    after.map(({ path }) => path.slice(parts.length + 1)).toSorted(),
  );
});

test('what fails in passing is asked for again, and what stays away is told', async () => {
  await put('d/a.csv');
  const fault = { kind: 'status', code: 'UNAVAILABLE' };
  await cloud.addFault({ ...fault, method: 'storage.objects.get', times: 2 });
  assert.deepEqual((await extract({ path: ['d/*.csv'] })).keys, ['d/a.csv']);
  await cloud.addFault({
    kind: 'status',
    code: 'PERMISSION_DENIED',
    method: 'storage.objects.list',
    times: 1,
    message: 'sa@p does not have storage.objects.list access.',
  });
  await assert.rejects(extract({ path: ['d/*.csv'] }), {
    code: 'storage_denied',
    message: `gs://${bucket}/d/: sa@p does not have storage.objects.list access.`,
  });
});

test('a look reads one object, and of a large one the whole lines at its beginning', async () => {
  const line = `${'x'.repeat(99)}\n`;
  await put('d/a.csv', line.repeat(50_000));
  await put('d/b.csv');
  const { parts: made, keys } = await extract({ path: ['d/*.csv'] }, { maxPages: 1 });
  assert.deepEqual(keys, ['d/a.csv']);
  assert.equal(made[0]?.sizeBytes, Math.floor((4 * 1024 * 1024) / 100) * 100);
});

test('nothing that matches, or something else than it seems, is told', async () => {
  await put('d/notes.txt');
  await put('d/a.parquet', 'a,b\n');
  await assert.rejects(extract({ path: ['d/*.csv'] }), {
    code: 'no_files',
    message: `resource 'orders': no object matches gs://${bucket}/d/*.csv`,
  });
  await assert.rejects(extract({ path: ['d/notes.txt'] }), { code: 'file_unreadable' });
  await assert.rejects(extract({ path: ['d/a.parquet'] }), {
    code: 'file_unreadable',
    message: `gs://${bucket}/d/a.parquet is no parquet`,
  });
});
