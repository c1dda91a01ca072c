import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from 'base/error.ts';
import { readSettings, settingsNotices } from './settings.ts';

const production = {
  ENVIRONMENT: 'production',
  ADMIN_API_KEY: 'a'.repeat(32),
  KMS_KEY_FILE: '/run/secrets/master-keys',
  DATABASE_URL: 'postgres://app@db/convergence',
};

function messageOf(env: Record<string, string>): string {
  try {
    readSettings(env);
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'settings_invalid');
    return error.message;
  }
  return '';
}

test('a laptop needs no setting', () => {
  const settings = readSettings({ HOME: '/home/x' });
  assert.deepEqual(
    { environment: settings.ENVIRONMENT, port: settings.API_PORT, auth: settings.DISABLE_AUTH },
    { environment: 'development', port: 8000, auth: false },
  );
  assert.deepEqual(settingsNotices(settings), []);
  assert.ok(Object.isFrozen(settings));
});

test('production refuses to start with defaults, and says all of it at once', () => {
  assert.equal(messageOf(production), '');
  const withPepper = { ...production, KMS_KEY_FILE: '', API_KEY_PEPPER: 'p'.repeat(32) };
  assert.equal(messageOf(withPepper), '');
  const GCP_KMS_KEY_NAME = 'projects/p/locations/l/keyRings/r/cryptoKeys/k';
  const atGoogle = { ...production, KMS_KEY_FILE: '', GCP_KMS_KEY_NAME, GCP_PROJECT_ID: 'p' };
  assert.equal(messageOf(atGoogle), '');
  assert.equal(
    messageOf({ ...production, GCP_KMS_KEY_NAME: 'k' }),
    [
      "GCP_KMS_KEY_NAME is 'k', expected projects/P/locations/L/keyRings/R/cryptoKeys/K",
      'GCP_PROJECT_ID is not set, expected the project of the platform',
    ].join('\n'),
  );
  assert.equal(
    messageOf({ ENVIRONMENT: 'production', DISABLE_AUTH: 'true', WAREHOUSE: 'bigquery' }),
    [
      'KMS_KEY_FILE is not set, expected a file of master keys in production, or GCP_KMS_KEY_NAME',
      'DATABASE_URL is not set, expected postgres://… in production',
      "DISABLE_AUTH is 'true', expected nothing in production: authentication stays on",
      'GCP_PROJECT_ID is not set, expected the project of the datasets',
    ].join('\n'),
  );
  assert.equal(
    messageOf({ ...production, KMS_KEY_FILE: 'keys', GCP_GRPC_ENDPOINT: 'h:1' }),
    "GCP_GRPC_ENDPOINT is 'h:1', expected nothing in production: Google itself is asked, with credentials",
  );
});

test('malformed and missing settings are told together, secrets masked', () => {
  assert.equal(
    messageOf({ ENVIRONMENT: 'staging', ADMIN_API_KEY: 'short', API_PORT: '70000' }),
    [
      "API_PORT is '70000', expected a port number",
      "ADMIN_API_KEY is '***', expected at least 32 characters",
      'KMS_KEY_FILE is not set, expected a file of master keys in staging, or GCP_KMS_KEY_NAME',
      'DATABASE_URL is not set, expected postgres://… in staging',
    ].join('\n'),
  );
});

test('lists, flags and numbers are read as what they are', () => {
  const settings = readSettings({ FILE_ROOTS: '/data, /more ,', DISABLE_AUTH: 'yes', PORT: '0' });
  assert.deepEqual(
    [settings.FILE_ROOTS, settings.DISABLE_AUTH, settings.PORT],
    [['/data', '/more'], true, 0],
  );
});

test('what is accepted but not used, or dangerous, is said once at start', () => {
  const settings = readSettings({ REDIS_URL: 'redis://cache', DISABLE_AUTH: '1' });
  assert.deepEqual(settingsNotices(settings), [
    'REDIS_URL is not used: the queue is in the database.',
    'DISABLE_AUTH is on: whoever reaches the API may all.',
  ]);
});
