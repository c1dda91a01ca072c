import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from './clock.fake.ts';
import { AppError } from './error.ts';
import type { ErrorKind } from './error.ts';
import { retry } from './retry.ts';
import type { FailedAttempt } from './retry.ts';

const policy = { maxAttempts: 5, firstDelayMs: 100, maxDelayMs: 500 };

function appError(kind: ErrorKind, details?: Record<string, unknown>): AppError {
  return new AppError({ code: 'x', kind, message: kind, details });
}

/** Fails with each error in turn, then returns how often it was called. */
function failing(errors: unknown[]): () => Promise<number> {
  let calls = 0;
  return async () => {
    calls++;
    if (calls <= errors.length) throw errors[calls - 1];
    return calls;
  };
}

test('transient errors are repeated with doubling, capped, jittered waits', async () => {
  const clock = new FakeClock({ instant: true });
  const error = appError('transient');
  const failures: FailedAttempt[] = [];
  const deps = { clock, random: () => 0.5, onRetry: (f: FailedAttempt) => failures.push(f) };

  assert.equal(await retry(failing([error, error, error, error]), policy, deps), 5);
  assert.deepEqual(clock.slept, [50, 100, 200, 250]);
  assert.deepEqual(failures[1], { attempt: 2, delayMs: 100, error });
});

test('jitter spans from no wait to the whole ceiling', async () => {
  for (const [random, waits] of [
    [0, [0, 0]],
    [0.999, [100, 200]],
  ] as const) {
    const clock = new FakeClock({ instant: true });
    const errors = [appError('transient'), appError('transient')];
    await retry(failing(errors), policy, { clock, random: () => random });
    assert.deepEqual(clock.slept, waits);
  }
});

test('the wait that the other side asks for replaces the backoff', async () => {
  const clock = new FakeClock({ instant: true });
  const errors = [appError('transient', { retryAfterMs: 7000 }), appError('transient')];
  await retry(failing(errors), policy, { clock, random: () => 0.5 });
  assert.deepEqual(clock.slept, [7000, 100]);
});

test('the last error is thrown when the attempts are used up', async () => {
  const clock = new FakeClock({ instant: true });
  const errors = Array.from({ length: 9 }, (_, i) => appError('transient', { i }));
  await assert.rejects(retry(failing(errors), policy, { clock, random: () => 0 }), errors[4]);
  assert.equal(clock.slept.length, 4);
});

test('errors of other kinds, and errors that nobody translated, are not repeated', async () => {
  const kinds: ErrorKind[] = ['input', 'access', 'absent', 'conflict', 'broken'];
  for (const error of [...kinds.map((kind) => appError(kind)), new Error('bug')]) {
    const clock = new FakeClock({ instant: true });
    await assert.rejects(retry(failing([error]), policy, { clock, random: () => 0 }), error);
    assert.deepEqual(clock.slept, []);
  }
});

test('an abort ends the wait, and nothing is called after it', async () => {
  const reason = new Error('cancelled');
  const controller = new AbortController();
  const clock = new FakeClock();
  let calls = 0;
  const running = retry(
    async () => {
      calls++;
      throw appError('transient');
    },
    policy,
    { clock, random: () => 1, signal: controller.signal, onRetry: () => controller.abort(reason) },
  );
  await assert.rejects(running, reason);
  assert.equal(calls, 1);
});
