import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLog } from 'base/log.ts';
import { systemClock } from 'base/clock.ts';
import { fail } from '../../engine/error-codes.ts';
import type { SealedValues } from '../../engine/tenant/kms/sealed-values.ts';
import { openPepper } from './open-pepper.ts';

const folder = mkdtempSync(join(tmpdir(), 'pepper-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'pepper');
const GIVEN = 'a pepper that is given, 32 or more';

/** Values in memory; one that is null cannot be decrypted. */
function valuesWith(pepper?: string | null): SealedValues & { now: () => unknown } {
  let stored = pepper;
  return {
    read: async () => {
      if (stored === null) throw fail('kms_refused', 'the master key is not there');
      return stored;
    },
    keep: async (_name, value) => (stored ??= value),
    replace: async (_name, value) => void (stored = value),
    now: () => stored,
  };
}

async function open(values: SealedValues, given?: string) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: 'info', clock: systemClock, destination });
  const settings = { DATA_DIR: folder, API_KEY_PEPPER: given };
  const pepper = await openPepper(values, { settings, log });
  assert.ok(!lines.join('').includes(pepper));
  return { pepper, warned: lines.length };
}

test('without a setting a pepper is made once', async () => {
  const values = valuesWith();
  const { pepper } = await open(values);
  assert.match(pepper, /^[\w-]{43}$/);
  assert.equal((await open(values)).pepper, pepper);
});

test('the setting wins, and is stored so that it can be taken away', async () => {
  const values = valuesWith();
  assert.deepEqual(await open(values, GIVEN), { pepper: GIVEN, warned: 0 });
  assert.deepEqual(await open(values), { pepper: GIVEN, warned: 0 });
});

test('a setting that differs wins with a warning, and what is stored stays', async () => {
  const values = valuesWith('stored');
  assert.deepEqual(await open(values, GIVEN), { pepper: GIVEN, warned: 1 });
  assert.equal(values.now(), 'stored');
});

test('where the master key is lost the start fails, unless the setting takes its place', async () => {
  await assert.rejects(open(valuesWith(null)), { code: 'kms_refused' });
  const values = valuesWith(null);
  assert.deepEqual(await open(values, GIVEN), { pepper: GIVEN, warned: 1 });
  assert.equal(values.now(), GIVEN);
});

test('a pepper in the data folder is stored, and the file goes with the next start', async () => {
  writeFileSync(file, 'from before\n', { mode: 0o600 });
  const values = valuesWith();
  assert.equal((await open(values)).pepper, 'from before');
  assert.ok(existsSync(file));
  assert.equal((await open(values)).pepper, 'from before');
  assert.ok(!existsSync(file));
  writeFileSync(file, 'another');
  assert.equal((await open(values)).pepper, 'from before');
  assert.ok(existsSync(file));
});
