import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadTenantConfig } from '../../engine/pipeline/load-tenant-config.ts';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { ConfigFolder } from './config-folder.ts';

let configDir = '';
before(async () => {
  configDir = await mkdtemp(join(tmpdir(), 'config-folder-'));
});
after(() => rm(configDir, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(configDir, path)), { recursive: true });
  await writeFile(join(configDir, path), text);
}

test('config files are read by relative path; secrets, data and links to folders are not', async () => {
  await write('acme_corp/pipelines/a.yml', 'a');
  await write('acme_corp/sources/crm/b.yml', 'ä');
  await write('acme_corp/transforms/c.sql', 'c');
  await write('acme_corp/secrets/token', 'hunter2');
  await write('acme_corp/data/big.csv', 'x');
  await write('acme_corp/README.md', 'x');
  await symlink('../pipelines/a.yml', join(configDir, 'acme_corp/sources/link.yml'));
  await symlink('../data', join(configDir, 'acme_corp/sources/folder'));

  const files = await new ConfigFolder(configDir).readConfig(tenantScope('acme_corp'));
  assert.deepEqual(
    [...files],
    [
      ['pipelines/a.yml', 'a'],
      ['sources/crm/b.yml', 'ä'],
      ['sources/link.yml', 'a'],
      ['transforms/c.sql', 'c'],
    ],
  );
});

test('a tenant without a folder is absent, one with an empty folder has no configs', async () => {
  const store = new ConfigFolder(configDir);
  await mkdir(join(configDir, 'empty_co'));
  assert.deepEqual(await store.readConfig(tenantScope('empty_co')), new Map());
  await assert.rejects(store.readConfig(tenantScope('nobody')), {
    code: 'tenant_absent',
    message: "there is no tenant 'nobody'",
  });
});

for (const name of ['pipelines/x.yml', 'secrets/x.yml']) {
  test(`a link that leads to another's ${name} is refused`, async () => {
    await write(`other_co/${name}`, 'x');
    await mkdir(join(configDir, 'thief_co/pipelines'), { recursive: true });
    const link = join(configDir, 'thief_co/pipelines/y.yml');
    await symlink(join('../../other_co', name), link);
    await assert.rejects(new ConfigFolder(configDir).readConfig(tenantScope('thief_co')), {
      code: 'path_outside',
      message: "'pipelines/y.yml' is not in the folder of the tenant",
    });
    await rm(link);
  });
}

test('a file that is too large is a problem of that file', async () => {
  await write('large_co/pipelines/a.yml', `# ${'x'.repeat(2_000_000)}`);
  const files = await new ConfigFolder(configDir).readConfig(tenantScope('large_co'));
  const { problems } = loadTenantConfig(files);
  const message = 'the file is larger than 1000000 characters';
  assert.deepEqual(problems, [{ file: 'pipelines/a.yml', line: 1, column: 1, path: '', message }]);
});
