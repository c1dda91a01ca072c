import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from 'base/clock.fake.ts';
import { fail } from '../../engine/error-codes.ts';
import { awaitOperation } from './await-operation.ts';
import type { OperationRead } from './await-operation.ts';

const NOW = '2026-01-01T00:00:00.000Z';
type Answer = OperationRead | Error;

/** Gives one answer after the other, the last one for ever. */
function answers(...all: readonly Answer[]): () => Promise<OperationRead> {
  let asked = 0;
  return async () => {
    const answer = all[Math.min(asked++, all.length - 1)] ?? {};
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

function inSeconds(seconds: number): Date {
  return new Date(Date.parse(NOW) + seconds * 1000);
}

function codeOf(code: string, message: RegExp): (error: Error & { code?: string }) => boolean {
  return (error) => error.code === code && message.test(error.message);
}

test('asks quickly at first, then every 2 s', async () => {
  const clock = new FakeClock({ now: NOW, instant: true });
  const read = answers(...Array.from({ length: 12 }, () => ({ done: false })), { done: true });
  await awaitOperation('o', read, { deadline: inSeconds(60), clock });
  const waits = [50, 75, 112.5, 168.75, 253.125, 379.6875, 569.53125, 854.296875, 1281.4453125];
  assert.deepEqual(clock.slept, [...waits, 1922.16796875, 2000, 2000]);
});

test('tells why an operation failed', async () => {
  const clock = new FakeClock({ now: NOW, instant: true });
  const read = answers({ done: true, error: { code: 9, message: 'it does not listen' } });
  await assert.rejects(
    awaitOperation('o', read, { deadline: inSeconds(60), clock }),
    codeOf('operation_failed', /^it does not listen$/),
  );
});

test('ends at the deadline, not before and not after', async () => {
  const clock = new FakeClock({ now: NOW, instant: true });
  await assert.rejects(
    awaitOperation('o', answers({}), { deadline: inSeconds(7), clock }),
    codeOf('operation_overdue', /^o did not end by 2026-01-01T00:00:07.000Z: it is still running$/),
  );
  assert.equal(clock.now().getTime(), inSeconds(7).getTime());
});

test('asks on while the platform does not answer, and no longer when it refuses', async () => {
  const clock = new FakeClock({ now: NOW, instant: true });
  const down = fail('platform_unreachable', 'no route');
  await awaitOperation('o', answers(down, {}, down, { done: true }), {
    deadline: inSeconds(60),
    clock,
  });
  await assert.rejects(
    awaitOperation('o', answers(down), { deadline: inSeconds(60), clock }),
    codeOf('operation_overdue', /: no route$/),
  );
  await assert.rejects(
    awaitOperation('o', answers(down, fail('operation_unknown', 'o')), {
      deadline: inSeconds(200),
      clock,
    }),
    codeOf('operation_unknown', /^o$/),
  );
});

test('an abort ends the waiting', async () => {
  const clock = new FakeClock({ now: NOW });
  const controller = new AbortController();
  const waiting = awaitOperation('o', answers({}), {
    deadline: inSeconds(60),
    clock,
    signal: controller.signal,
  });
  controller.abort(new Error('enough'));
  await assert.rejects(waiting, /^Error: enough$/);
});
