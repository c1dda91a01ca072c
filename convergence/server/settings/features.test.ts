import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featuresOf } from './features.ts';
import { readSettings } from './settings.ts';

test('the environment decides what no setting says', () => {
  const unset = readSettings({});
  const of = (ENVIRONMENT: 'development' | 'staging' | 'production') =>
    Object.entries(featuresOf({ ...unset, ENVIRONMENT })).flatMap(([name, on]) => (on ? name : []));
  const own = ['private_sources', 'private_webhooks'];
  assert.deepEqual(of('development'), ['api_docs', ...own, 'scheduler']);
  assert.deepEqual(of('staging'), ['api_docs', 'scheduler']);
  assert.deepEqual(of('production'), ['scheduler']);
  const atGoogle = featuresOf({ ...unset, ENVIRONMENT: 'production', GCP_PROJECT_ID: 'p' });
  assert.ok(atGoogle.secret_manager);
});

test('a setting is stronger than the environment', () => {
  const given = {
    API_DOCS: true,
    ACCESS_LOG: true,
    ALLOW_PRIVATE_SOURCES: true,
    ALLOW_PRIVATE_WEBHOOKS: true,
    SCHEDULER: true,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    SMTP_URL: 'smtp://mail',
    PUBSUB_TOPIC: 'events',
    GCP_SECRET_MANAGER: true,
  };
  const settings = { ...readSettings({}), ENVIRONMENT: 'production' } as const;
  const states = (features: object) => new Set(Object.values(features));
  assert.deepEqual(states(featuresOf({ ...settings, ...given })), new Set([true]));
  const flags = Object.keys(given).filter((name) => given[name as keyof typeof given] === true);
  const off = Object.fromEntries(flags.map((name) => [name, false]));
  assert.deepEqual(states(featuresOf({ ...settings, ...off })), new Set([false]));
});
