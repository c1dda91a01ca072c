import { join } from 'node:path';
import { test } from 'node:test';
import { renderMetricsReference } from './telemetry/metrics-reference.ts';
import { renderErrorReference, renderSettingsReference } from './reference.ts';

const folder = join(import.meta.dirname, '../../docs/reference');
const asText = { serializers: [String] };

// After a change: node --test --test-update-snapshots convergence/server/reference.test.ts
test('docs/reference/settings.md says what the settings are', (t) => {
  t.assert.fileSnapshot(renderSettingsReference(), join(folder, 'settings.md'), asText);
});

test('docs/reference/errors.md lists the registry of codes', (t) => {
  t.assert.fileSnapshot(renderErrorReference(), join(folder, 'errors.md'), asText);
});

test('docs/reference/metrics.md lists what /metrics shows', async (t) => {
  const text = await renderMetricsReference();
  t.assert.fileSnapshot(text, join(folder, 'metrics.md'), asText);
});
