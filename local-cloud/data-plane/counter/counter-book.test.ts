import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { LATENCY_BOUNDS_MS } from '../data-plane.ts';
import { CounterBook } from './counter-book.ts';
import { toCounter } from './counter-sum.ts';

const SECOND = 1_800_000_000;

let folder = '';
let nowMs = SECOND * 1000;
let book: CounterBook;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'counters-'));
  nowMs = SECOND * 1000;
  book = new CounterBook(folder, () => nowMs);
});
afterEach(() => rmSync(folder, { recursive: true }));

function count(revision: string, status: number, instance?: string): void {
  const open = book.open(revision);
  if (instance !== undefined) open.instance = instance;
  book.close(open, { status, client: 'somebody' });
}

/** Without what depends on how fast this machine is. */
function read(from: number, to: number, reader = book) {
  return reader.read(from, to).map(({ second, revision, byStatus, errorClients, ...rest }) => {
    const requests = Object.values(rest.latency).reduce((sum, value) => sum + value, 0);
    return { second, revision, byStatus, errorClients, instances: rest.instances, requests };
  });
}

test('requests count by second of arrival, revision, status and instance', () => {
  count('shop-1', 200, 'a');
  count('shop-1', 503, 'b');
  count('shop-2', 404);
  nowMs += 1000;
  count('shop-1', 200, 'a');
  const first = {
    second: SECOND,
    revision: 'shop-1',
    byStatus: { 200: 1, 503: 1 },
    errorClients: ['somebody'],
    instances: { a: [1, 0], b: [1, 1] },
    requests: 2,
  };
  const rest = { errorClients: [], requests: 1 };
  const other = {
    ...rest,
    second: SECOND,
    revision: 'shop-2',
    byStatus: { 404: 1 },
    instances: {},
  };
  const later = {
    ...rest,
    second: SECOND + 1,
    revision: 'shop-1',
    byStatus: { 200: 1 },
    instances: { a: [1, 0] },
  };
  assert.deepEqual(read(SECOND, SECOND + 2), [first, other, later]);
  assert.deepEqual(read(SECOND + 1, SECOND + 2), [later]);
  assert.deepEqual(read(SECOND + 2, SECOND + 9), []);
});

test('a request that ends later counts in the second in which it came', () => {
  const open = book.open('shop-1');
  nowMs += 5000;
  book.close(open, { status: 200, client: '' });
  assert.deepEqual(
    read(0, SECOND * 2).map(({ second }) => second),
    [SECOND],
  );
});

test('one that hangs counts as having taken as long as it has hung, in no status', async () => {
  const open = book.open('shop-1');
  await wait(30);
  const [hanging] = book.read(SECOND, SECOND + 1).map(toCounter);
  const bucket = hanging?.latency.findIndex((value) => value === 1) ?? -1;
  assert.ok(
    (LATENCY_BOUNDS_MS[bucket] ?? 0) >= 29,
    `in the bucket of ${LATENCY_BOUNDS_MS[bucket]}`,
  );
  assert.deepEqual(hanging?.byStatus, {});
  book.close(open, { status: 200, client: '' });
  assert.deepEqual(
    read(SECOND, SECOND + 1).map(({ byStatus, requests }) => [byStatus, requests]),
    [[{ 200: 1 }, 1]],
  );
});

test('what was flushed is there for the next process, however often it was flushed', () => {
  for (let nr = 0; nr < 5; nr++) {
    count('shop-1', 500, 'a');
    book.flush();
    nowMs += 1000 * 3600;
  }
  const before = book.read(0, SECOND * 2);
  const again = new CounterBook(folder, () => nowMs);
  assert.deepEqual(again.read(0, SECOND * 2), before);
  assert.equal(before.length, 5);
  assert.equal(readdirSync(folder).length, 5);
});

test('what is older than Cloud Monitoring keeps is removed', () => {
  count('shop-1', 200);
  book.flush();
  nowMs += 1000 * 3600 * 24 * 43;
  count('shop-1', 200);
  book.flush();
  book.removeOld();
  assert.equal(readdirSync(folder).length, 1);
});
