import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import { AppError } from 'base/error.ts';
import { lockDataFolder, readLock, updateLock } from './data-folder-lock.ts';

let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'convergence-lock-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

test('a folder is locked once, and free after release', () => {
  const lock = lockDataFolder(dataDir);
  assert.throws(() => lockDataFolder(dataDir), { code: 'data_folder_locked' });
  assert.equal(readLock(dataDir)?.pid, process.pid);
  lock.release();
  assert.equal(readLock(dataDir), undefined);
  lockDataFolder(dataDir).release();
});

test('another process is named with its address, until it is killed', async () => {
  const child = await lockElsewhere();
  const holder = readLock(dataDir);
  assert.deepEqual([holder?.pid, holder?.url], [child.pid, 'http://127.0.0.1:8080']);
  const error = thrownBy(() => lockDataFolder(dataDir));
  assert.equal(error.code, 'data_folder_locked');
  assert.match(error.message, new RegExp(`process ${child.pid} since \\d{4}-`));
  assert.match(error.hint ?? '', /http:\/\/127\.0\.0\.1:8080/);

  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(readLock(dataDir), undefined);
  lockDataFolder(dataDir).release();
});

test('what a dead process left behind holds nobody up, whoever has its pid now', () => {
  const stale = { pid: process.pid, startedAt: '2026-01-01T00:00:00.000Z' };
  writeFileSync(join(dataDir, 'lock.json'), JSON.stringify(stale));
  assert.equal(readLock(dataDir), undefined);
  const lock = lockDataFolder(dataDir);
  updateLock(dataDir, { url: 'http://127.0.0.1:1' });
  assert.equal(readLock(dataDir)?.url, 'http://127.0.0.1:1');
  lock.release();
});

async function lockElsewhere() {
  const file = JSON.stringify(import.meta.resolve('./data-folder-lock.ts'));
  const script = `
    import { lockDataFolder, updateLock } from ${file};
    lockDataFolder(process.argv[1]);
    updateLock(process.argv[1], { url: 'http://127.0.0.1:8080' });
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const args = ['--input-type=module-typescript', '-e', script, dataDir];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

function thrownBy(call: () => unknown): AppError {
  try {
    call();
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('Nothing was thrown.');
}
