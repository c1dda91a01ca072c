import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { formatEnvProblem, readEnv } from './env.ts';

const schema = z.object({
  API_PORT: z.coerce.number().int().min(0).max(65535).default(8000).describe('a port number'),
  ENVIRONMENT: z.enum(['development', 'production']).default('development'),
  ADMIN_API_KEY: z.string().min(16).describe('at least 16 characters'),
  DATABASE_URL: z
    .url({ protocol: /^postgres$/ })
    .optional()
    .describe('postgres://…'),
});

test('settings are parsed, defaulted and frozen; other variables are ignored', () => {
  const result = readEnv(schema, {
    API_PORT: '9000',
    ENVIRONMENT: ' ',
    ADMIN_API_KEY: '0123456789abcdef',
    HOME: '/home/x',
  });
  assert.deepEqual(result, {
    settings: { API_PORT: 9000, ENVIRONMENT: 'development', ADMIN_API_KEY: '0123456789abcdef' },
  });
  assert.ok('settings' in result && Object.isFrozen(result.settings));
});

test('every problem is told at once, secrets masked', () => {
  const result = readEnv(schema, {
    API_PORT: 'x',
    ENVIRONMENT: 'prod',
    ADMIN_API_KEY: 'hunter2',
    DATABASE_URL: 'mysql://app:hunter2@db/x',
  });
  assert.ok('problems' in result);
  assert.deepEqual(result.problems.map(formatEnvProblem), [
    "API_PORT is 'x', expected a port number",
    `ENVIRONMENT is 'prod', expected Invalid option: expected one of "development"|"production"`,
    "ADMIN_API_KEY is '***', expected at least 16 characters",
    "DATABASE_URL is 'mysql://app:***@db/x', expected postgres://…",
  ]);
});

test('a missing variable is told as not set', () => {
  const result = readEnv(schema, { ADMIN_API_KEY: '' });
  assert.ok('problems' in result);
  assert.deepEqual(result.problems.map(formatEnvProblem), [
    'ADMIN_API_KEY is not set, expected at least 16 characters',
  ]);
});
