import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadDescriptors } from './load-descriptors.ts';

const protos = { 'google-gax': ['google/rpc/error_details.proto', 'google/api/http.proto'] };

let folder: string;
let usual: string | undefined;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'descriptors-test-'));
  usual = process.env.TMPDIR;
  process.env.TMPDIR = folder;
});

after(async () => {
  if (usual === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = usual;
  await rm(folder, { recursive: true });
});

test('compiles once, whole, also when two begin together', async () => {
  const [one, other] = await Promise.all([loadDescriptors(protos), loadDescriptors(protos)]);
  assert.deepEqual(
    [one, other].map((registry) => registry.getMessage('google.rpc.BadRequest')?.fields.length),
    [1, 1],
  );
  const [kept = ''] = await readdir(folder);
  const files = await readdir(join(folder, kept));
  assert.deepEqual(
    files.map((file) => file.replace(/^[0-9a-f]{32}/, 'content')),
    ['content.binpb'],
  );
});

test('names a file that no client ships', async () => {
  await assert.rejects(loadDescriptors({ 'google-gax': ['google/toy.proto'] }), {
    message: 'No installed client ships google/toy.proto',
  });
});
