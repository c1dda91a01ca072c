import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../plane-rig.fake.ts';
import type { Instance } from './instance.ts';
import { NoInstance, WaitingLine } from './waiting-line.ts';

const never = new AbortController().signal;
const instance = (id: string) => ({ id }) as Instance;

test('first come, first served', async () => {
  const line = new WaitingLine({ isStarting: () => true, maxWaitMs: 1000 });
  const waiting = [line.enter(never), line.enter(never)];
  assert.equal(line.length, 2);
  line.serve(instance('a'));
  line.serve(instance('b'));
  assert.deepEqual(await Promise.all(waiting), [{ id: 'a' }, { id: 'b' }]);
  assert.equal(line.length, 0);
});

test('whoever waits too long is sent away, but not while an instance starts', async () => {
  const rules = { starting: true };
  const line = new WaitingLine({ isStarting: () => rules.starting, maxWaitMs: 5 });
  const startedAtMs = performance.now();
  const waiting = line.enter(never);
  waiting.catch(() => {});
  await until(() => performance.now() > startedAtMs + 50);
  assert.equal(line.length, 1);
  rules.starting = false;
  await assert.rejects(waiting, new NoInstance('busy'));
  assert.equal(line.length, 0);
});

test('who leaves is not served, and a revision that goes refuses all', async () => {
  const line = new WaitingLine({ isStarting: () => true, maxWaitMs: 1000 });
  const left = new AbortController();
  const [leaver, stayer] = [line.enter(left.signal), line.enter(never)];
  left.abort(new Error('left'));
  await assert.rejects(leaver, { message: 'left' });
  line.refuse('closed');
  await assert.rejects(stayer, new NoInstance('closed'));
});
