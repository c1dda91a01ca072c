import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from './make-folder.ts';

test('a folder is made with those above it, for its owner alone, and may be there', () => {
  const root = mkdtempSync(join(tmpdir(), 'make-folder-'));
  const folder = join(root, 'a', 'b');
  makeFolder(folder);
  makeFolder(folder);
  assert.deepEqual(
    [folder, join(root, 'a')].map((made) => statSync(made).mode & 0o777),
    [0o700, 0o700],
  );
  rmSync(root, { recursive: true });
});

test('where none can be made it says so, and ends', () => {
  assert.throws(() => makeFolder('/proc/none/such'), { code: /^(ENOENT|EROFS|EACCES)$/ });
});
