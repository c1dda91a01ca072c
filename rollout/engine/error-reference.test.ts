import { join } from 'node:path';
import { test } from 'node:test';
import { renderErrorReference } from './error-reference.ts';

const path = join(import.meta.dirname, '../../docs/reference/rollout-errors.md');

// After a change: node --test --test-update-snapshots rollout/engine/error-reference.test.ts
test('docs/reference/rollout-errors.md lists the registry of codes', (t) => {
  t.assert.fileSnapshot(renderErrorReference(), path, { serializers: [String] });
});
