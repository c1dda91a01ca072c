import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { resolveTenantPath } from './tenant-path.ts';

const acme = tenantScope('acme_corp');
let configDir = '';

before(async () => {
  configDir = await realpath(await mkdtemp(join(tmpdir(), 'tenant-path-')));
  for (const folder of ['acme_corp/data', 'acme_corp/secrets', 'acme_corp_two', 'other_co']) {
    await mkdir(join(configDir, folder), { recursive: true });
  }
  await writeFile(join(configDir, 'acme_corp/data/a.csv'), 'a');
  await writeFile(join(configDir, 'other_co/b.csv'), 'b');
  const links = {
    inside: 'data/a.csv',
    leaving: '../other_co',
    dangling: '../other_co/later.csv',
    around: 'around',
    hidden: 'secrets',
  };
  for (const [name, target] of Object.entries(links)) {
    await symlink(target, join(configDir, 'acme_corp', name));
  }
});
after(() => rm(configDir, { recursive: true }));

test('paths in the folder are resolved, links within it followed', async () => {
  const paths = ['data/a.csv', './data/../data/a.csv', 'inside', 'data/not/yet.csv', '.', '..x'];
  const real = await Promise.all(paths.map((path) => resolveTenantPath(configDir, acme, path)));
  const expected = ['/data/a.csv', '/data/a.csv', '/data/a.csv', '/data/not/yet.csv', '', '/..x'];
  assert.deepEqual(
    real,
    expected.map((path) => join(configDir, 'acme_corp') + path),
  );
});

for (const path of [
  '../other_co/b.csv',
  '../acme_corp_two',
  '..',
  '/etc/passwd',
  'leaving/b.csv',
  'leaving/absent/c.csv',
  'dangling',
  'around',
  'secrets/token',
  'SECRETS/token',
  'hidden/token',
  'data/../secrets',
  'data/a.csv\0.txt',
]) {
  test(`'${path.replace('\0', '\\0')}' is outside, and the error shows no server path`, async () => {
    await assert.rejects(resolveTenantPath(configDir, acme, path), {
      code: 'path_outside',
      kind: 'input',
      message: `'${path}' is not in the folder of the tenant`,
    });
  });
}
