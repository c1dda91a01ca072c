import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { renderTemplate } from '../../../engine/flow/transform/render-template.ts';
import { ruleSpec } from '../../../engine/pipeline/spec/check-spec.ts';
import { loadTenantConfig } from '../../../engine/pipeline/load-tenant-config.ts';
import { createMetadataTables } from '../ingest/metadata-tables.ts';
import { identifier, literal } from '../run-sql.ts';
import { buildModel } from './build-model.ts';

const guides = join(import.meta.dirname, '../../../../docs/guides');

/** The files that a guide shows: YAML names its file in its first line, SQL has a header. */
async function filesOf(guide: string, sqlFile: string): Promise<Map<string, string>> {
  const text = await readFile(join(guides, guide), 'utf8');
  const files = new Map<string, string>();
  for (const [, language, block = ''] of text.matchAll(/```(yaml|sql)\n([\s\S]*?)```/g)) {
    const name = /^# (\S+\.yml)\n/.exec(block)?.[1];
    if (language === 'yaml') files.set(name ?? 'unnamed', block);
    else if (block.startsWith('/*')) files.set(sqlFile, block);
  }
  return files;
}

/** Those that the guides name. */
const SECRETS = ['partner_key_id', 'partner_key', 'landing_reader'];

for (const [guide, count] of [
  ['checks.md', 3],
  ['transforms.md', 3],
  ['sources/files.md', 1],
  ['sources/object-storage.md', 4],
] as const) {
  test(`the files in ${guide} have no problem`, async () => {
    const files = await filesOf(guide, 'transforms/daily_orders.sql');
    assert.equal(files.size, count);
    assert.deepEqual(loadTenantConfig(files, SECRETS).problems, []);
  });
}

test('the guide to checks has a row for every rule', async () => {
  const text = await readFile(join(guides, 'checks.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` +\| /gm)].map(([, rule]) => rule);
  const rules = ruleSpec.options.map((option) => option.shape.rule.value);
  assert.deepEqual(new Set(rows), new Set(rules));
});

test('the model in the guide to transforms is built, and built again', async () => {
  const config = loadTenantConfig(
    await filesOf('transforms.md', 'transforms/daily_orders.sql'),
    [],
  );
  const spec = config.transforms.get('transforms/daily_orders.sql');
  assert.ok(spec);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await createMetadataTables(connection);
  await connection.run(
    "CREATE TABLE orders AS SELECT TIMESTAMP '2026-03-01 12:00:00' AS ordered_at, 5 AS amount",
  );
  const dialect = { quoteName: identifier, quoteText: literal };
  for (const isIncremental of [false, true]) {
    const params = { least_amount: 0 };
    const values = {
      tenantId: 'acme_corp',
      runId: 'r1',
      runDate: '2026-03-01',
      intervalEnd: '2026-03-02',
      params,
    };
    const report = await buildModel(connection, {
      name: spec.name,
      file: spec.file,
      firstLine: spec.firstLine,
      materialized: spec.header.materialized,
      uniqueKey: spec.header.unique_key ?? [],
      sql: renderTemplate(spec, values, { isIncremental, dialect }).sql,
      runId: 'r1',
      fence: 1n,
      builtAt: new Date('2026-03-01T00:00:00Z'),
    });
    assert.deepEqual(report, { name: 'daily_orders', rows: 1 });
  }
  connection.disconnectSync();
  instance.closeSync();
});
