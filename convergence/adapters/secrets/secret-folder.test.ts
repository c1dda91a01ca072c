import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tenantScope } from '../../engine/tenant/tenant-scope.ts';
import { SecretFolder } from './secret-folder.ts';

const acme = tenantScope('acme_corp');
let configDir = '';
let store: SecretFolder;

before(async () => {
  configDir = await mkdtemp(join(tmpdir(), 'secret-folder-'));
  store = new SecretFolder(configDir);
  await mkdir(join(configDir, 'acme_corp/secrets/folder'), { recursive: true });
  await mkdir(join(configDir, 'other_co/secrets'), { recursive: true });
  await write('acme_corp/secrets/token', 'hunter2\n');
  await write('acme_corp/secrets/api.key.txt', ' two\nlines \r\n');
  await write('acme_corp/secrets/both', 'plain');
  await write('acme_corp/secrets/both.txt', 'text');
  await write('acme_corp/secrets/open', 'hunter2', 0o640);
  await write('acme_corp/secrets/large', 'x'.repeat(65_537));
  await write('other_co/secrets/token', 'theirs');
  await symlink('token', join(configDir, 'acme_corp/secrets/mounted'));
  await symlink('../../other_co/secrets/token', join(configDir, 'acme_corp/secrets/stolen'));
  await symlink('loop', join(configDir, 'acme_corp/secrets/loop'));
  execFileSync('sh', ['-c', 'mkfifo -m 600 "$0"', join(configDir, 'acme_corp/secrets/pipe')]);
});
after(() => rm(configDir, { recursive: true }));

async function write(path: string, text: string, mode = 0o600): Promise<void> {
  await writeFile(join(configDir, path), text);
  await chmod(join(configDir, path), mode);
}

test('a secret is the content of NAME or NAME.txt without its last line break', async () => {
  const names = ['token', 'api.key', 'both', 'both.txt', 'mounted'];
  const values = await Promise.all(names.map((name) => store.readSecret(acme, name)));
  assert.deepEqual(values, ['hunter2', ' two\nlines ', 'plain', 'text', 'hunter2']);
});

test('a secret that others can read is refused with the cure, not with its value', async () => {
  await assert.rejects(store.readSecret(acme, 'open'), {
    code: 'secret_readable',
    message: "secret 'open' can be read by other users of the machine",
    hint: 'Run in the folder of configs: chmod 600 acme_corp/secrets/open',
  });
});

for (const name of [
  'absent',
  'stolen',
  'loop',
  'pipe',
  'folder',
  '..',
  '../other_co/secrets/token',
  '',
  '.x',
  'a/b',
]) {
  test(`there is no secret '${name}'`, async () => {
    await assert.rejects(store.readSecret(acme, name), {
      code: 'secret_absent',
      message: `there is no secret '${name}'`,
    });
  });
}

test('a secret that is too large is refused', async () => {
  await assert.rejects(store.readSecret(acme, 'large'), {
    code: 'secret_absent',
    message: "secret 'large' cannot be used: it is larger than 65536 bytes",
  });
});

test('secrets/ that is a link could be the folder of another tenant, and is refused', async () => {
  const sly = tenantScope('sly_corp');
  await mkdir(join(configDir, 'sly_corp'));
  await symlink('../other_co/secrets', join(configDir, 'sly_corp/secrets'));
  await assert.rejects(store.readSecret(sly, 'token'), {
    code: 'secret_absent',
    message: "secret 'token' cannot be used: secrets/ is a link",
  });
  assert.deepEqual(await store.listSecrets(sly), []);
});

test('names are listed without their ending; a tenant without the folder has none', async () => {
  const names = ['api.key', 'both', 'large', 'loop', 'mounted', 'open', 'pipe', 'stolen', 'token'];
  assert.deepEqual(await store.listSecrets(acme), names);
  assert.deepEqual(await store.listSecrets(tenantScope('nobody')), []);
});
