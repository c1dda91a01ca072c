import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readYaml } from 'base/document/yaml-document.ts';
import { z } from 'zod';
import { initFile } from './init-file.ts';
import { rolloutSchema } from './rollout-schema.ts';

const path = join(import.meta.dirname, '../../../docs/reference/schemas/rollout.schema.json');
const asJson = { serializers: [(schema: unknown) => `${JSON.stringify(schema, null, 2)}\n`] };

// After a change: node --test --test-update-snapshots rollout/engine/service/rollout-schema.test.ts
test('docs/reference/schemas/rollout.schema.json says what rollout.yaml may hold', (t) => {
  t.assert.fileSnapshot(rolloutSchema(), path, asJson);
});

test('an editor finds nothing wrong with what init writes, and finds a mistyped key', () => {
  const schema = z.fromJSONSchema(rolloutSchema());
  const isFine = (text: string) =>
    schema.safeParse(readYaml('rollout.yaml', text).document?.value).success;
  const text = initFile('shop');
  assert.ok(isFine(text));
  assert.ok(!isFine(text.replace('concurrency:', 'concurency:')));
  assert.ok(!isFine(text.replace('traffic: 10,', 'traffic: 110,')));
});
