import { join } from 'node:path';
import { test } from 'node:test';
import { renderCliReference } from './reference.ts';

// After a change: node --test --test-update-snapshots rollout/cli/reference.test.ts
test('docs/reference/rollout-cli.md says what the command line takes', (t) => {
  const file = join(import.meta.dirname, '../../docs/reference/rollout-cli.md');
  t.assert.fileSnapshot(renderCliReference(), file, { serializers: [String] });
});
