import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FakeClock } from 'base/clock.fake.ts';
import { createLog } from 'base/log.ts';
import { Records } from '../../../control-plane/records.ts';
import { LogStore } from '../log-store.ts';
import { collectOutput } from './collect-output.ts';
import { parseLine } from './parse-line.ts';

const home = mkdtempSync(join(tmpdir(), 'local-cloud-output-'));
const records = Records.open(home);
assert.ok(records);
after(() => {
  records.close();
  rmSync(home, { recursive: true });
});

test('a structured line gives its parts to the entry', () => {
  const line = {
    severity: 'warn',
    time: '2026-01-01T00:00:00.5Z',
    message: 'slow',
    rows: 3,
    'logging.googleapis.com/trace': 'projects/p/traces/t',
    'logging.googleapis.com/spanId': 's',
    'logging.googleapis.com/trace_sampled': true,
    'logging.googleapis.com/labels': { run: 'r' },
    httpRequest: { status: 200 },
  };
  assert.deepEqual(parseLine(JSON.stringify(line)), {
    severity: 'WARNING',
    timestamp: '2026-01-01T00:00:00.5Z',
    trace: 'projects/p/traces/t',
    spanId: 's',
    traceSampled: true,
    labels: { run: 'r' },
    httpRequest: { status: 200 },
    jsonPayload: { message: 'slow', rows: 3 },
  });
});

test('a message alone is text, and what has another shape stays in the payload', () => {
  assert.deepEqual(parseLine('{"severity":"INFO","message":"up"}'), {
    severity: 'INFO',
    textPayload: 'up',
  });
  const odd = { severity: 'loud', time: 'now', 'logging.googleapis.com/labels': { a: 1 } };
  assert.deepEqual(parseLine(JSON.stringify(odd)), { jsonPayload: odd });
  for (const line of ['plain', '{broken', '[1]']) {
    assert.deepEqual(parseLine(line), { textPayload: line });
  }
});

test("what base's log writes is understood: nothing special is left in the payload", () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const options = {
    level: 'info',
    clock: new FakeClock(),
    destination,
    labels: ['run_id'],
  } as const;
  const trace = { 'logging.googleapis.com/trace': 'projects/p/traces/t' };
  createLog({ ...options, ambient: () => trace }).warn('slow', { run_id: 'r', rows: 3 });
  assert.deepEqual(parseLine(lines[0] ?? ''), {
    severity: 'WARNING',
    timestamp: '2026-01-01T00:00:00.000Z',
    trace: 'projects/p/traces/t',
    labels: { run_id: 'r' },
    jsonPayload: { message: 'slow', run_id: 'r', rows: 3 },
  });
});

test('what instances write is taken once, whole lines only', () => {
  const folder = join(home, 'logs', encodeURIComponent('p/here/shop'), 'shop-1');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'shop-1-a.log');
  const store = new LogStore(records);
  const collected = () => {
    collectOutput(store, join(home, 'logs'));
    return [...store.iterate('asc', null)].map(({ entry }) => entry);
  };
  writeFileSync(file, '{"message":"up","severity":"INFO"}\n\nhalf');
  const [first, ...more] = collected();
  assert.deepEqual(
    [more, first?.logName, first?.insertId, first?.severity, first?.['textPayload']],
    [[], 'projects/p/logs/run.googleapis.com%2Fstdout', 'shop-1-a-0', 'INFO', 'up'],
  );
  assert.deepEqual(first?.resource, {
    type: 'cloud_run_revision',
    labels: {
      project_id: 'p',
      location: 'here',
      service_name: 'shop',
      revision_name: 'shop-1',
      configuration_name: 'shop',
    },
  });
  appendFileSync(file, ' a line\n');
  const texts = () => collected().map((entry) => entry['textPayload']);
  assert.deepEqual(texts(), ['up', 'half a line']);
  assert.deepEqual(texts(), ['up', 'half a line']);
  writeFileSync(file, 'anew\n');
  assert.deepEqual(texts(), ['up', 'half a line', 'anew']);
});
