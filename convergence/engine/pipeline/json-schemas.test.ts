import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { jsonSchemas } from './json-schemas.ts';

const folder = join(import.meta.dirname, '../../../docs/reference/schemas');
const asJson = { serializers: [(schema: unknown) => `${JSON.stringify(schema, null, 2)}\n`] };

// After a change: node --test --test-update-snapshots convergence/engine/pipeline/json-schemas.test.ts
for (const [fileName, schema] of Object.entries(jsonSchemas())) {
  test(`docs/reference/schemas/${fileName} says what a file may hold`, (t) => {
    t.assert.fileSnapshot(schema, join(folder, fileName), asJson);
  });
}

test('what loading accepts under another name, editors accept too', () => {
  const schemas = JSON.stringify(jsonSchemas());
  assert.match(schemas, /"expect_column_values_to_not_be_null"/);
  assert.match(schemas, /"expect_table_row_count_to_be_between"/);
});
