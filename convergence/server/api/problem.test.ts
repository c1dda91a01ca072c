import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from 'base/error.ts';
import { fail } from '../../engine/error-codes.ts';
import { toProblem } from './problem.ts';

const now = new Date('2026-03-01T23:58:58.500Z');
const id = '01a1fd73-d7ff-74fa-8633-6ee4257b5a07';

test('a refusal says what, why, what next and when', () => {
  const error = fail('quota_exceeded', 'The plan allows 50 runs a day.', {
    hint: 'Wait, or choose a larger plan.',
    details: { limit: 50, use: 50, resetsAt: '2026-03-02T00:00:00Z' },
  });
  assert.deepEqual(toProblem(error, { id, now }), {
    status: 429,
    expected: true,
    headers: { 'retry-after': '62' },
    body: {
      type: 'urn:convergence:error:quota_exceeded',
      title: 'Not now',
      status: 429,
      detail: 'The plan allows 50 runs a day.',
      code: 'quota_exceeded',
      hint: 'Wait, or choose a larger plan.',
      instance: `urn:uuid:${id}`,
      errors: undefined,
      details: { limit: 50, use: 50, resets_at: '2026-03-02T00:00:00Z' },
    },
  });
});

test('what is transient asks to come back, also when nobody knows when', () => {
  const { status, headers } = toProblem(fail('database_unreachable', 'no answer'), { id, now });
  assert.deepEqual({ status, headers }, { status: 503, headers: { 'retry-after': '5' } });
});

test('errors that nobody foresaw, and broken ones, show the request id and nothing else', () => {
  const secret = 'password=hunter2 at /srv/app.ts';
  const errors = [
    new TypeError(secret),
    new AppError({ code: 'internal', kind: 'broken', message: secret, details: { secret } }),
    secret,
    undefined,
    null,
  ];
  for (const error of errors) {
    const { status, expected, body } = toProblem(error, { id, now });
    assert.deepEqual([status, expected, body.code], [500, false, 'internal']);
    assert.equal(body.instance, `urn:uuid:${id}`);
    assert.doesNotMatch(JSON.stringify(body), /hunter2|srv|stack/);
  }
});
