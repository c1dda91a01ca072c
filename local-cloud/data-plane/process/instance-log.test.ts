import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { InstanceLog } from './instance-log.ts';

test('a log tells its last lines, and is cut when it grows too long', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'logs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const log = new InstanceLog(folder, 'shop-1-a');
  assert.equal(log.tail(), '');
  const output = log.open();
  for (let nr = 1; nr <= 20; nr++) writeSync(output, `line ${nr}\n`);
  const last = Array.from({ length: 15 }, (_, nr) => `line ${nr + 6}`).join('\n');
  assert.equal(log.tail(), last);
  log.bound();
  assert.equal(log.tail(), last);
  writeSync(output, 'x'.repeat(9 * 1024 ** 2));
  log.bound();
  writeSync(output, '\nafter\n');
  assert.equal(log.tail(), 'after');
  assert.deepEqual(
    readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size > 8 * 1024 ** 2]),
    [
      ['shop-1-a.log', false],
      ['shop-1-a.log.old', true],
    ],
  );
  closeSync(output);
});

test('a revision keeps few logs', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'logs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (let nr = 0; nr < 15; nr++) closeSync(new InstanceLog(folder, `shop-1-${nr}`).open());
  assert.equal(readdirSync(folder).length, 10);
});
