import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSecretName, maskSecret, maskSecrets, maskUrlPasswords } from './secret.ts';

test('names of secrets are recognised in every spelling', () => {
  const secret = ['api_key', 'apiKey', 'X-API-Key', 'DB_PASSWORD', 'clientSecret', 'Authorization'];
  const more = ['access_token', 'passwd', 'ADMIN_API_KEY', 'GOOGLE_APPLICATION_CREDENTIALS'];
  const harmless = ['key', 'primary_key', 'token_count', 'secret_name', 'GCP_KMS_KEY_NAME', 'user'];
  assert.deepEqual([...secret, ...more].filter(isSecretName), [...secret, ...more]);
  assert.deepEqual(harmless.filter(isSecretName), []);
});

test('passwords in URLs are hidden, the rest of the text stays', () => {
  assert.equal(
    maskUrlPasswords('postgres://app:hunter2@db:5432/x and https://host/a:b@c'),
    'postgres://app:***@db:5432/x and https://host/a:b@c',
  );
  assert.equal(maskUrlPasswords('redis://:hunter2@cache'), 'redis://:***@cache');
  assert.equal(
    maskSecret('DATABASE_URL', 'postgres://app:hunter2@db/x'),
    'postgres://app:***@db/x',
  );
  assert.equal(maskSecret('ADMIN_API_KEY', 'hunter2'), '***');
});

test('values are masked at any depth, and the original stays as it is', () => {
  const at = new Date(0);
  const shared = { page: 1 };
  const original = {
    headers: [{ Authorization: 'Bearer x', accept: 'json' }],
    token: null,
    at,
    first: shared,
    second: shared,
  };
  const copy = structuredClone(original);

  assert.deepEqual(maskSecrets(original), {
    headers: [{ Authorization: '***', accept: 'json' }],
    token: null,
    at,
    first: { page: 1 },
    second: { page: 1 },
  });
  assert.deepEqual(original, copy);
});

test('a value that contains itself ends', () => {
  const loop: Record<string, unknown> = { name: 'x' };
  loop.self = loop;
  assert.deepEqual(maskSecrets(loop), { name: 'x', self: '[circular]' });
});
