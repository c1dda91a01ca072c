import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featuresOf } from './features.ts';

test('the environment decides what no setting says', () => {
  const open = { ACCESS_LOG: false, API_DOCS: undefined, ALLOW_PRIVATE_SOURCES: undefined };
  const unset = { ...open, OTEL_EXPORTER_OTLP_ENDPOINT: undefined };
  const of = (ENVIRONMENT: 'development' | 'staging' | 'production') =>
    Object.entries(featuresOf({ ...unset, ENVIRONMENT })).flatMap(([name, on]) => (on ? name : []));
  assert.deepEqual(of('development'), ['api_docs', 'private_sources']);
  assert.deepEqual(of('staging'), ['api_docs']);
  assert.deepEqual(of('production'), []);
});

test('a setting is stronger than the environment', () => {
  const settings = {
    ENVIRONMENT: 'production',
    API_DOCS: true,
    ACCESS_LOG: true,
    ALLOW_PRIVATE_SOURCES: true,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
  } as const;
  const all = { api_docs: true, access_log: true, tracing: true, private_sources: true };
  assert.deepEqual(featuresOf(settings), all);
  const none = { ...settings, API_DOCS: false, ALLOW_PRIVATE_SOURCES: false, ACCESS_LOG: false };
  assert.deepEqual(featuresOf({ ...none, OTEL_EXPORTER_OTLP_ENDPOINT: undefined }), {
    api_docs: false,
    access_log: false,
    tracing: false,
    private_sources: false,
  });
});
