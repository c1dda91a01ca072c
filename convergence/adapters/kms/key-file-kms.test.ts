import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { kmsConformance } from '../../engine/tenant/kms/kms.conformance.ts';
import { KeyFileKms } from './key-file-kms.ts';
import { createKeyFile, readKeyFile, rotateKeyFile } from './key-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'key-file-'));
after(() => rmSync(folder, { recursive: true }));
const now = new Date('2026-03-01T00:00:00.000Z');
let count = 0;

async function newFile(): Promise<string> {
  const path = join(folder, `keys-${++count}`);
  await createKeyFile(path, now);
  return path;
}

kmsConformance('a key file', async () => {
  const path = await newFile();
  const [kms, other] = [await KeyFileKms.open(path), await KeyFileKms.open(path)];
  return { kms, other, rotate: async () => void (await rotateKeyFile(path, now)) };
});

test('a key file is made once, by whoever comes first, and only its owner can read it', async () => {
  const path = join(folder, 'raced');
  const made = await Promise.all([1, 2, 3, 4].map(() => createKeyFile(path, now)));
  const [version, ...others] = made.filter((one) => one !== null);
  assert.deepEqual(others, []);
  const keys = await readKeyFile(path);
  assert.deepEqual(
    keys.map((key) => [key.version, key.createdAt, key.key.length]),
    [[version, now, 32]],
  );
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('two rotations at once make two keys, and none is lost', async () => {
  const path = await newFile();
  const [first] = await readKeyFile(path);
  const made = await Promise.all([rotateKeyFile(path, now), rotateKeyFile(path, now)]);
  const versions = (await readKeyFile(path)).map(({ version }) => version);
  assert.equal(versions[0], first?.version);
  assert.deepEqual(versions.slice(1).toSorted(), made.toSorted());
});

test('a line that was left half written is no key, and the next one stands on its own', async () => {
  const path = await newFile();
  const [first] = await readKeyFile(path);
  appendFileSync(path, 'local/0123456789ab 2026-03-01T00:00:00.000Z c2hvcn');
  assert.deepEqual(await readKeyFile(path), [first]);
  const version = await rotateKeyFile(path, now);
  const versions = (await readKeyFile(path)).map((key) => key.version);
  assert.deepEqual(versions, [first?.version, version]);
});

test('a file that others can read is refused, with the cure', async () => {
  const path = await newFile();
  for (const mode of [0o640, 0o604, 0o660]) {
    chmodSync(path, mode);
    await assert.rejects(KeyFileKms.open(path), {
      code: 'kms_invalid',
      message: `${path} can be read by other users of the machine.`,
      hint: `chmod 600 ${path}; if somebody may have read it: convergence setup-kms --rotate`,
    });
    await assert.rejects(rotateKeyFile(path, now), { code: 'kms_invalid' });
  }
});

test('a file that is gone, empty or a folder is no KMS', async () => {
  const empty = join(folder, 'empty');
  writeFileSync(empty, '', { mode: 0o600 });
  for (const path of [join(folder, 'nothing'), empty, folder]) {
    await assert.rejects(KeyFileKms.open(path), { code: 'kms_invalid' });
  }
});

test('a file that goes bad while it is in use makes the KMS unavailable, and shows nothing', async () => {
  const path = await newFile();
  const kms = await KeyFileKms.open(path);
  const wrapped = await kms.encrypt(new Uint8Array(32), 'a');
  const content = readFileSync(path);
  writeFileSync(path, 'garbage');
  await assert.rejects(kms.encrypt(new Uint8Array(32), 'a'), (error: Error) => {
    assert.equal((error as Error & { code: string }).code, 'kms_unavailable');
    assert.ok(!error.message.includes(folder));
    return true;
  });
  assert.equal((await kms.decrypt(wrapped, 'a')).length, 32, 'what is known is still read');
  writeFileSync(path, content);
  await kms.encrypt(new Uint8Array(32), 'a');
});
