import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppError } from 'base/error.ts';
import { translateError } from './translate-error.ts';

/** As google-gax throws them. */
function clientError(code: number | null, message: string): Error {
  return Object.assign(new Error(message), code === null ? {} : { code });
}

function translated(
  error: unknown,
  codes = {},
): Pick<AppError, 'code' | 'kind' | 'message' | 'hint'> {
  const asked = { what: 'shop', permission: 'run.services.update', codes };
  const { code, kind, message, hint } = translateError(error, asked) as AppError;
  return { code, kind, message, hint };
}

test('the codes of gRPC become ours, with the words of the platform', () => {
  const cases: readonly (readonly [number, string, string])[] = [
    [3, 'effect_refused', 'input'],
    [4, 'platform_unreachable', 'transient'],
    [5, 'service_absent', 'absent'],
    [6, 'service_exists', 'conflict'],
    [8, 'platform_unreachable', 'transient'],
    [9, 'effect_refused', 'input'],
    [10, 'etag_stale', 'conflict'],
    [13, 'platform_unreachable', 'transient'],
    [14, 'platform_unreachable', 'transient'],
  ];
  for (const [number, expected, expectedKind] of cases) {
    const { code, kind, message } = translated(clientError(number, `${number} NAME_OF: words`));
    assert.deepEqual([code, kind, message], [expected, expectedKind, 'shop: words']);
  }
});

test('a call may mean something else by a code', () => {
  const { code } = translated(clientError(6, '6 ALREADY_EXISTS: x'), { 6: 'revision_exists' });
  assert.equal(code, 'revision_exists');
});

test('a denial names the permission: the one in its words, else the one that the call needs', () => {
  const words =
    "7 PERMISSION_DENIED: Permission 'iam.serviceaccounts.actAs' denied on service account x";
  assert.deepEqual(translated(clientError(7, words)), {
    code: 'platform_denied',
    kind: 'access',
    message: "shop: Permission 'iam.serviceaccounts.actAs' denied on service account x",
    hint: "The credentials lack iam.serviceaccounts.actAs; roles/run.developer has it, and roles/iam.serviceAccountUser what it takes to act as the service's account.",
  });
  const { hint } = translated(clientError(7, '7 PERMISSION_DENIED: The caller does not'));
  assert.match(hint ?? '', /^The credentials lack run\.services\.update;/);
});

test('missing credentials say how to get them', () => {
  const words = 'Could not load the default credentials. Browse to https://cloud.google.com/…';
  const { code, hint } = translated(clientError(null, words));
  assert.deepEqual(
    [code, hint],
    ['platform_denied', 'Run `gcloud auth application-default login`.'],
  );
});

test('what is no answer of the platform stays as it is', () => {
  const error = new TypeError('undefined is not a function');
  assert.equal(translateError(error, { what: 'shop', permission: 'p' }), error);
});
