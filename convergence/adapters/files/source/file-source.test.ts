import assert from 'node:assert/strict';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ExtractProgress, SourceState } from '../../../engine/flow/source.ts';
import { fileSourceSpec } from '../../../engine/pipeline/spec/file-source-spec.ts';
import { tenantScope } from '../../../engine/tenant/tenant-scope.ts';
import { createFileSource } from './file-source.ts';

const scope = tenantScope('acme_corp');
let base = '';
let parts = '';

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'file-source-')));
  parts = join(base, 'data/parts/acme_corp/r1');
  await mkdir(parts, { recursive: true });
});
afterEach(() => rm(base, { recursive: true }));

async function put(path: string, content: string | Uint8Array = 'a,b\n1,2\n'): Promise<string> {
  const file = join(base, 'configs/acme_corp', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

interface Given {
  readonly state?: SourceState | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ExtractProgress) => void;
  readonly allowedRoots?: readonly string[];
}

function sourceOf(given: Given = {}) {
  return createFileSource({
    configDir: join(base, 'configs'),
    allowedRoots: given.allowedRoots ?? [],
  });
}
function extract(resource: object, given: Given = {}) {
  return sourceOf(given).extract(scope, {
    source: fileSourceSpec.parse({ type: 'file', resources: [{ name: 'orders', ...resource }] }),
    resource: 'orders',
    state: given.state ?? null,
    folder: parts,
    parents: {},
    signal: given.signal ?? new AbortController().signal,
    onProgress: given.onProgress ?? (() => undefined),
  });
}
async function labelsOf(resource: object, state: SourceState | null = null) {
  const extraction = await extract(resource, { state });
  return { ...extraction, parts: extraction.parts.map(({ label }) => label) };
}

test('files become parts as they are, by their names, in order', async () => {
  const files: [string, string | Uint8Array, object][] = [
    ['data/a.csv', 'a\n1\n', { format: 'csv', compression: 'none', csv: { skip: 1 } }],
    [
      'data/b.tsv.gz',
      gzipSync('a\n1\n'),
      { format: 'csv', compression: 'gzip', csv: { skip: 1, delimiter: '\t' } },
    ],
    ['data/c.ndjson.zst', zstdCompressSync('{"a":1}\n'), { format: 'ndjson', compression: 'zstd' }],
    ['data/d.jsonl', '\uFEFF {"a":1}\n', { format: 'ndjson', compression: 'none' }],
    ['data/e.json', '[{"a":1}]', { format: 'json', compression: 'none' }],
  ];
  for (const [path, content] of files) await put(path, content);
  await put('data/empty.csv', '');
  await mkdir(join(base, 'configs/acme_corp/data/folder.csv'));
  const seen: ExtractProgress[] = [];
  const extraction = await extract(
    { path: 'data/**', csv: { skip: 1 } },
    { onProgress: (progress) => seen.push(progress) },
  );
  assert.deepEqual(
    extraction.parts.map(({ path, fingerprint, ...part }) => {
      assert.match(fingerprint ?? '', /^\d+-\d+$/);
      return { ...part, path: relative(parts, path) };
    }),
    files.map(([label, content, rest], at) => {
      const ends = ['csv', 'csv.gz', 'ndjson.zst', 'ndjson', 'json'];
      const sizeBytes = Buffer.byteLength(content);
      return { path: `00000${at + 1}.${ends[at]}`, label, sizeBytes, ...rest };
    }),
  );
  const bytes = files.reduce((sum, [, content]) => sum + Buffer.byteLength(content), 0);
  assert.deepEqual(seen, [{ rows: null, bytes, parts: 5 }]);
});

test('DuckDB reads parts that may be read and nothing beside them', async () => {
  const theirs = await put('data/a.csv.zst', zstdCompressSync('a,b\n1,2\n'));
  const { parts: made } = await extract({ path: 'data/*' });
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`SET GLOBAL allowed_directories = ['${parts}/']`);
  await connection.run('SET GLOBAL enable_external_access = false');
  const reader = await connection.runAndReadAll(`FROM '${made[0]?.path}'`);
  assert.deepEqual(reader.getRowsJson(), [['1', '2']]);
  await assert.rejects(connection.run(`FROM '${theirs}'`), /Permission Error/);
  connection.disconnectSync();
  instance.closeSync();
});

test('the next load reads what is new or changed, and one that is gone stays known', async () => {
  await put('data/a.csv');
  const b = await put('data/b.csv');
  const first = await labelsOf({ path: 'data/*.csv' });
  assert.deepEqual([first.parts, first.unchanged], [['data/a.csv', 'data/b.csv'], false]);
  const second = await labelsOf({ path: 'data/*.csv' }, first.state);
  assert.deepEqual(second, { parts: [], state: first.state, unchanged: true });
  await appendFile(b, '3,4\n');
  await put('data/c.csv');
  const third = await labelsOf({ path: 'data/*.csv' }, first.state);
  assert.deepEqual(third.parts, ['data/b.csv', 'data/c.csv']);
  await rm(b);
  const fourth = await labelsOf({ path: 'data/*.csv' }, third.state);
  assert.deepEqual(fourth, { parts: [], state: third.state, unchanged: true });
  await rm(join(base, 'configs/acme_corp/data'), { recursive: true });
  const emptied = await labelsOf({ path: 'data/*.csv' }, third.state);
  assert.deepEqual(emptied, { parts: [], state: third.state, unchanged: true });
});

test('a change that keeps the size is seen', async () => {
  const file = await put('data/a.csv', 'a\n1\n');
  const { state } = await labelsOf({ path: 'data/a.csv' });
  await writeFile(file, 'a\n2\n');
  await utimes(file, new Date(), new Date('2030-01-01'));
  assert.deepEqual((await labelsOf({ path: 'data/a.csv' }, state)).parts, ['data/a.csv']);
});

test('a replace reads all files when one was added, changed or removed', async () => {
  const resource = { path: 'data/*.csv', write_disposition: 'replace' };
  await put('data/a.csv');
  await put('data/b.csv');
  const first = await labelsOf(resource);
  assert.equal((await labelsOf(resource, first.state)).unchanged, true);
  await put('data/c.csv');
  const second = await labelsOf(resource, first.state);
  assert.deepEqual(second.parts, ['data/a.csv', 'data/b.csv', 'data/c.csv']);
  await rm(join(base, 'configs/acme_corp/data/a.csv'));
  assert.deepEqual((await labelsOf(resource, second.state)).parts, ['data/b.csv', 'data/c.csv']);
  const all = { path: 'data/*.csv', incremental: 'all' };
  assert.deepEqual((await labelsOf(all, second.state)).parts, ['data/b.csv', 'data/c.csv']);
});

test('parts of a load that crashed give way', async () => {
  await put('data/a.csv');
  await put('data/b.csv');
  await extract({ path: 'data/*.csv' });
  await rm(join(base, 'configs/acme_corp/data/a.csv'));
  await extract({ path: 'data/*.csv' });
  assert.deepEqual(await readdir(parts), ['000001.csv']);
});

test('a file that changes before the publish is noticed, one that is replaced stays as it was', async () => {
  const file = await put('data/a.csv', 'a\n1\n');
  const extraction = await extract({ path: 'data/a.csv' });
  await sourceOf().confirm?.(extraction);
  await put('data/new.csv', 'a\n2\n');
  await rename(join(base, 'configs/acme_corp/data/new.csv'), file);
  await sourceOf().confirm?.(extraction);
  assert.equal(await readFile(extraction.parts[0]?.path ?? '', 'utf8'), 'a\n1\n');
  const again = await extract({ path: 'data/a.csv' });
  await appendFile(file, '3\n');
  await assert.rejects(async () => sourceOf().confirm?.(again), {
    code: 'file_changed',
    kind: 'transient',
    message: 'data/a.csv changed while it was being read',
  });
});

test('nothing that matches is an error that says what was looked for', async () => {
  await assert.rejects(extract({ path: ['data/*.csv', 'more/x.json'] }), {
    code: 'no_files',
    message: "resource 'orders': no file matches data/*.csv, more/x.json",
  });
});

test('a file that is not what it seems is told apart before anything is loaded', async () => {
  const files: [string, string | Uint8Array, string, object?][] = [
    ['a.csv', gzipSync('a'), 'is gzip, not csv'],
    ['a.csv.gz', 'a,b\n', 'is no gzip'],
    ['a.csv.zst', gzipSync('a'), 'is gzip, not zstd'],
    ['a.parquet', 'a,b\n', 'is no parquet'],
    ['a.json', '<!DOCTYPE html><p>', 'is HTML, not json'],
    ['a.csv', '<html><p>', 'is HTML, not csv'],
    ['a.ndjson', '[{"a":1}]', 'is one JSON list, not ndjson'],
    ['a.ndjson', 'a,b\n1,2', "does not begin as ndjson does, but with 'a,b\n1,2'"],
    ['a.csv', new Uint8Array([0x50, 0x4b, 3, 4]), 'is a ZIP or Excel file, not csv'],
    ['a.csv', new Uint8Array([0xff, 0xfe, 97, 0]), 'is UTF-16 text, not csv'],
  ];
  for (const [path, content, problem] of files) {
    await put(path, content);
    await assert.rejects(extract({ path }), {
      code: 'file_unreadable',
      message: `${path} ${problem}`,
    });
  }
  await put('notes.txt', 'a,b\n1,2\n');
  await assert.rejects(extract({ path: 'notes.txt' }), { code: 'file_unreadable' });
  assert.deepEqual((await labelsOf({ path: 'notes.txt', format: 'csv' })).parts, ['notes.txt']);
  const utf16 = { path: 'a.csv', csv: { encoding: 'utf-16' } };
  assert.deepEqual((await labelsOf(utf16)).parts, ['a.csv']);
});

test('nothing outside the folder of the tenant is read', async () => {
  await put('../other_co/theirs.csv');
  await put('secrets/token.csv');
  await put('data/mine.csv');
  const links = { leaving: '../../other_co', 'link.csv': '../../other_co/theirs.csv' };
  for (const [name, target] of Object.entries(links)) {
    await symlink(target, join(base, 'configs/acme_corp/data', name));
  }
  const outside = [
    '../other_co/*.csv',
    '../other_co/theirs.csv',
    '*/../../other_co/*.csv',
    '[.][.]/other_co/*.csv',
    '{.,x}{.,y}/other_co/*.csv',
    '{../other_co,data}/theirs.csv',
    '{/etc,data}/passwd',
    '/etc/passwd',
    '/etc/*',
    'secrets/*.csv',
    'secrets/token.csv',
    'SECRETS/token.csv',
    'data/link.csv',
    'data/leaving/*.csv',
    'data/leaving/theirs.csv',
  ];
  for (const path of outside) {
    const read = extract({ path, format: 'csv' });
    await assert.rejects(
      read,
      ({ code }: { code: string }) => /path_outside|no_files/.test(code),
      path,
    );
  }
  assert.deepEqual((await labelsOf({ path: '**/mine.csv' })).parts, ['data/mine.csv']);
  assert.deepEqual(await readdir(parts), ['000001.csv']);
});

test('links lead outside where the operator allows it', async () => {
  await put('../landing/x.csv');
  await put('secrets/token.csv');
  await symlink('../landing', join(base, 'configs/acme_corp/data'));
  const allowedRoots = [join(base, 'configs/landing')];
  await assert.rejects(extract({ path: 'data/*.csv' }), { code: 'path_outside' });
  const { parts: made } = await extract({ path: 'data/*.csv' }, { allowedRoots });
  assert.deepEqual(
    made.map(({ label }) => label),
    ['data/x.csv'],
  );
  await assert.rejects(extract({ path: 'secrets/token.csv' }, { allowedRoots: [base] }), {
    code: 'path_outside',
  });
});

test('thousands of files, and an abort among them', async () => {
  const folder = join(base, 'configs/acme_corp/data');
  await mkdir(folder, { recursive: true });
  const names = Array.from({ length: 1000 }, (_, at) => `${String(at).padStart(4, '0')}.csv`);
  await Promise.all(names.map((name) => writeFile(join(folder, name), 'a\n1\n')));
  const { parts: made } = await extract({ path: 'data/*.csv' });
  assert.deepEqual(
    made.map(({ label }) => label),
    names.map((name) => `data/${name}`),
  );
  const signal = AbortSignal.abort(new Error('stopped'));
  await assert.rejects(extract({ path: 'data/*.csv' }, { signal }), { message: 'stopped' });
});
