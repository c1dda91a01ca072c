import { join } from 'node:path';
import { test } from 'node:test';
import { rolloutSchema } from './rollout-schema.ts';

const path = join(import.meta.dirname, '../../../docs/reference/schemas/rollout.schema.json');
const asJson = { serializers: [(schema: unknown) => `${JSON.stringify(schema, null, 2)}\n`] };

// After a change: node --test --test-update-snapshots rollout/engine/service/rollout-schema.test.ts
test('docs/reference/schemas/rollout.schema.json says what rollout.yaml may hold', (t) => {
  t.assert.fileSnapshot(rolloutSchema(), path, asJson);
});
