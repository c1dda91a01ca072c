import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { makeHome, openRig } from './storage-rig.fake.ts';

const isInstalled = spawnSync('gcloud', ['--version']).status === 0;
const skip = isInstalled || process.env.CI === 'true' ? false : 'gcloud is not installed';

const { home, remove } = makeHome();
const rig = await openRig(home);
const files = mkdtempSync(join(tmpdir(), 'gcloud-storage-'));
after(async () => {
  await rig.close();
  remove();
  rmSync(files, { recursive: true });
});

/** What it says on stdout. */
async function gcloud(...args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    CLOUDSDK_CONFIG: join(files, 'config'),
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_PROJECT: 'p',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${rig.rest}/storage/v1/`,
  };
  const command = ['storage', ...args];
  return (await promisify(execFile)('gcloud', command, { cwd: files, env })).stdout.trim();
}

test('gcloud storage works with buckets and objects', { skip }, async () => {
  const large = randomBytes(9_000_000);
  writeFileSync(join(files, 'small'), 'hello\n');
  writeFileSync(join(files, 'large'), large);
  await gcloud('buckets', 'create', 'gs://theirs', '--location=europe-west1');
  // One request for the small one, a resumable upload for the large one.
  await gcloud('cp', 'small', 'large', 'gs://theirs/a/');
  assert.equal(await gcloud('cat', 'gs://theirs/a/small'), 'hello');
  await gcloud('cp', 'gs://theirs/a/large', 'back');
  assert.ok(large.equals(readFileSync(join(files, 'back'))));
  await gcloud('mv', 'gs://theirs/a/small', 'gs://theirs/b/small');
  const listed = await gcloud('ls', '-r', 'gs://theirs/**');
  assert.deepEqual(listed.split('\n'), ['gs://theirs/a/large', 'gs://theirs/b/small']);
  await gcloud('rm', '-r', 'gs://theirs');
  assert.equal(await gcloud('buckets', 'list', '--format=value(name)'), '');
});
