import assert from 'node:assert/strict';
import { test } from 'node:test';
import { otherOwners, sharedSecretId } from './secret-id.ts';

test('an id is the tenant and the name; a name with a dot or a slash is not there', () => {
  assert.equal(sharedSecretId('acme', 'api-Token_1'), 'acme_api-Token_1');
  for (const name of ['a.b', 'a/b', '', 'ü', 'x'.repeat(201)])
    assert.equal(sharedSecretId('acme', name), null);
});

test('every tenant is found whose secret an id could be', () => {
  assert.deepEqual(otherOwners('acme_corp_token', 'acme'), ['acme_corp']);
  assert.deepEqual(otherOwners('acme_corp_token', 'acme_corp'), ['acme']);
  assert.deepEqual(otherOwners('acme_token', 'acme'), []);
  // Too short for a tenant, or nothing left for a name.
  assert.deepEqual(otherOwners('ab_cd_', 'abc'), []);
  assert.deepEqual(otherOwners('acme__x', 'acme'), ['acme_']);
});
