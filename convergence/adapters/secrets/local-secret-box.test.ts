import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalSecretBox } from './local-secret-box.ts';

test('a sealed secret opens under the same key and purpose only, and unchanged', async () => {
  const box = createLocalSecretBox('key', 'purpose');
  const sealed = await box.seal('a secret');
  assert.equal(await box.open(sealed), 'a secret');
  assert.notEqual(sealed, await box.seal('a secret'));
  const others = [createLocalSecretBox('other', 'purpose'), createLocalSecretBox('key', 'other')];
  for (const other of others) await assert.rejects(other.open(sealed), { code: 'internal' });
  const changed = sealed.replace(/.$/, sealed.endsWith('A') ? 'Q' : 'A');
  await assert.rejects(box.open(changed), { code: 'internal' });
});
