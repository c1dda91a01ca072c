import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, exitCodeOf, httpStatusOf } from './error.ts';
import type { ErrorKind } from './error.ts';

test('an error carries what a door needs to render it', () => {
  const cause = new Error('ECONNREFUSED');
  const error = new AppError({
    code: 'source_unreachable',
    kind: 'transient',
    message: 'orders does not answer',
    hint: 'Check base_url.',
    details: { retryAfterMs: 2000 },
    cause,
  });

  assert.ok(error instanceof Error);
  assert.equal(String(error), 'AppError: orders does not answer');
  assert.equal(error.cause, cause);
  assert.deepEqual(
    { code: error.code, kind: error.kind, hint: error.hint, details: error.details },
    {
      code: 'source_unreachable',
      kind: 'transient',
      hint: 'Check base_url.',
      details: { retryAfterMs: 2000 },
    },
  );
});

test('an error without extras has empty details and no cause property', () => {
  const error = new AppError({ code: 'x', kind: 'broken', message: 'm' });
  assert.deepEqual(error.details, {});
  assert.equal(error.hint, undefined);
  assert.equal('cause' in error, false);
});

test('each kind has one exit code and one status', () => {
  const kinds: ErrorKind[] = ['input', 'access', 'absent', 'conflict', 'transient', 'broken'];
  assert.deepEqual(
    kinds.map((kind) => [kind, exitCodeOf(kind), httpStatusOf(kind)]),
    [
      ['input', 2, 400],
      ['access', 3, 403],
      ['absent', 4, 404],
      ['conflict', 5, 409],
      ['transient', 6, 503],
      ['broken', 70, 500],
    ],
  );
});
