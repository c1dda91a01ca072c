import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPlantedTree } from '../planted-tree.fake.ts';
import { checkDirection } from './check-direction.ts';
import { directionRules } from './direction-rules.ts';

/** Each import in it is allowed. */
const clean = {
  'base/package.json': '{}',
  'base/error.ts': "import { z } from 'zod'; import 'node:fs'; export { z };",
  'convergence/package.json': '{}',
  'convergence/engine/tenant/scope.ts': "import 'base/error.ts';",
  'convergence/engine/tenant/scope.test.ts': "import '../../adapters/duckdb/warehouse.ts';",
  'convergence/engine/pipeline/spec.ts': "import { z } from 'zod'; import '../tenant/scope.ts';",
  'convergence/engine/flow/part.ts': "import 'node:path';",
  'convergence/engine/flow/flow.ts': "import './extract/page.ts'; import './check/rule.ts';",
  'convergence/engine/flow/extract/page.ts':
    "import '../part.ts'; import '../../pipeline/spec.ts';",
  'convergence/engine/flow/extract/page.fake.ts': "import 'node:fs'; import './page.ts';",
  'convergence/engine/flow/extract/page.conformance.ts': "import './page.fake.ts';",
  'convergence/engine/flow/check/rule.ts': "import '../part.ts';",
  'convergence/engine/event/feed.ts': "import '../run/run.ts';",
  'convergence/engine/run/run.ts': "import '../flow/flow.ts';",
  'convergence/db/migrator.ts': "import 'kysely'; import '../engine/tenant/scope.ts';",
  'convergence/adapters/duckdb/warehouse.ts': "import './sql.ts'; import '@duckdb/node-api';",
  'convergence/adapters/duckdb/sql.ts': "import '../../engine/flow/part.ts';",
  'convergence/adapters/postgres/store.ts': "import 'pg'; import '../../db/migrator.ts';",
  'convergence/server/main.ts': "import './api/app.ts'; import './wire.ts';",
  'convergence/server/wire.ts': "import '../adapters/postgres/store.ts';",
  'convergence/server/api/app.ts': "import './contract.ts'; import '../../engine/run/run.ts';",
  'convergence/server/api/contract.ts': "import 'zod';",
  'convergence/cli/bin.ts': "import './wire.ts'; import '../server/api/contract.ts';",
  'convergence/cli/wire.ts': "import '../server/main.ts'; import '../adapters/duckdb/sql.ts';",
  'convergence/console/page.ts': "import '../server/api/contract.ts'; import 'react';",
  'convergence/testing/postgres.ts': "import '../adapters/postgres/store.ts';",
  'rollout/package.json': '{}',
  'rollout/engine/service/spec.ts': "import 'zod'; import 'base/error.ts';",
  'rollout/engine/plan/plan.ts': "import '../../../base/error.ts'; import '../service/spec.ts';",
  'rollout/engine/plan/plan.test.ts': "import 'fast-check'; import './plan.ts';",
  'rollout/engine/apply/effect.ts': "import '../plan/plan.ts';",
  'rollout/engine/judge/tick.ts': "import '../plan/plan.ts'; import '../service/spec.ts';",
  'rollout/engine/contract/diff.ts': "import '../service/spec.ts';",
  'rollout/engine/rollout/story.ts':
    "import '../apply/effect.ts'; import '../judge/tick.ts'; import '../contract/diff.ts';",
  'rollout/engine/report/report.ts': "import '../rollout/story.ts'; import '../plan/plan.ts';",
  'local-cloud/package.json': '{}',
  'local-cloud/run/serve.ts': "import 'base/error.ts'; import 'node:net'; import './state.ts';",
  'local-cloud/run/state.ts': "import '@google-cloud/run';",
  'googlesql/package.json': '{}',
  'googlesql/googlesql.ts': "import '@grpc/grpc-js'; import 'node:path';",
  'local-cloud/bigquery/run.ts': "import 'googlesql/googlesql.ts';",
  'convergence/adapters/bigquery/sql.ts': "import 'googlesql/googlesql.ts';",
  'rollout/dashboard/page.ts': "import 'react';",
  'journeys/a-row-arrives.test.ts': "import 'convergence/server/main.ts';",
};

/** A file to add or replace, and the one rule that it breaks. */
const planted: [rule: string, file: string, source: string][] = [
  [
    'base-knows-no-product',
    'base/log.ts',
    "import type { A } from 'convergence/engine/run/run.ts';",
  ],
  [
    'products-apart',
    'rollout/engine/plan/want.ts',
    "export * from 'convergence/engine/flow/part.ts';",
  ],
  [
    'products-apart',
    'convergence/server/api/x.ts',
    "import '../../../rollout/engine/plan/plan.ts';",
  ],
  ['products-apart', 'local-cloud/run/x.ts', "import 'rollout/engine/plan/plan.ts';"],
  ['products-apart', 'local-cloud/run/x.ts', "import 'convergence/server/main.ts';"],
  ['products-apart', 'rollout/cli/x.ts', "import type { A } from 'local-cloud/run/serve.ts';"],
  ['products-apart', 'convergence/server/x.test.ts', "import '../../local-cloud/run/serve.ts';"],
  ['base-knows-no-product', 'base/x.ts', "import 'local-cloud/run/serve.ts';"],
  [
    'local-cloud-on-base',
    'local-cloud/run/x.test.ts',
    "import '../../journeys/a-row-arrives.test.ts';",
  ],
  ['googlesql-alone', 'googlesql/x.ts', "import 'base/error.ts';"],
  ['engine-without-outside', 'convergence/engine/run/x.ts', "import 'googlesql/googlesql.ts';"],
  [
    'engine-without-outside',
    'convergence/engine/run/x.ts',
    "import '../../adapters/duckdb/sql.ts';",
  ],
  ['engine-without-outside', 'convergence/engine/run/x.ts', "import '../../server/api/app.ts';"],
  [
    'engine-without-outside',
    'convergence/engine/run/x.ts',
    "await import('../../db/migrator.ts');",
  ],
  ['engine-without-io', 'convergence/engine/run/x.ts', "import { open } from 'node:fs/promises';"],
  ['engine-without-io', 'convergence/engine/run/x.ts', "import { request } from 'http';"],
  ['engine-without-io', 'convergence/engine/run/x.ts', "import type { Client } from 'pg';"],
  ['engine-without-io', 'convergence/engine/run/x.ts', "let a: import('@duckdb/node-api').Json;"],
  ['engine-without-io', 'convergence/engine/run/x.ts', "import 'yaml';"],
  ['engine-without-io', 'rollout/engine/plan/x.ts', "import 'yaml';"],
  ['engine-without-io', 'rollout/engine/judge/x.ts', "import '@google-cloud/monitoring';"],
  ['engine-without-io', 'rollout/engine/apply/x.ts', "import 'node:fs';"],
  ['adapters-apart', 'convergence/adapters/files/x.ts', "import '../duckdb/sql.ts';"],
  ['adapters-apart', 'convergence/adapters/files/x.ts', "import '../../server/api/contract.ts';"],
  ['db-below-adapters', 'convergence/db/x.ts', "import '../adapters/duckdb/sql.ts';"],
  [
    'wire-chooses-adapters',
    'convergence/server/api/x.ts',
    "import '../../adapters/duckdb/sql.ts';",
  ],
  ['wire-chooses-adapters', 'convergence/cli/x.ts', "import '../db/migrator.ts';"],
  ['doors-apart', 'convergence/cli/x.ts', "import '../server/api/app.ts';"],
  ['doors-apart', 'convergence/server/x.ts', "import '../cli/bin.ts';"],
  ['stages-apart', 'convergence/engine/flow/publish/x.ts', "import '../check/rule.ts';"],
  ['page-knows-the-contract', 'convergence/console/x.ts', "import '../engine/run/run.ts';"],
  ['page-knows-the-contract', 'rollout/dashboard/x.ts', "import '../engine/plan/plan.ts';"],
  ['rooms-one-way', 'convergence/engine/tenant/x.ts', "import '../pipeline/spec.ts';"],
  ['rooms-one-way', 'convergence/engine/pipeline/x.ts', "import '../flow/part.ts';"],
  ['rooms-one-way', 'convergence/engine/flow/x.ts', "import '../run/run.ts';"],
  ['rooms-one-way', 'convergence/engine/run/x.ts', "import '../event/feed.ts';"],
  ['rooms-one-way', 'rollout/engine/service/x.ts', "import '../plan/plan.ts';"],
  ['rooms-one-way', 'rollout/engine/plan/x.ts', "import '../judge/tick.ts';"],
  ['rooms-one-way', 'rollout/engine/judge/x.ts', "import '../rollout/story.ts';"],
  ['rooms-one-way', 'rollout/engine/apply/x.test.ts', "import '../report/report.ts';"],
  ['rooms-one-way', 'rollout/engine/rollout/x.ts', "import '../report/report.ts';"],
  ['rooms-beside', 'rollout/engine/judge/x.ts', "import type { A } from '../apply/effect.ts';"],
  ['rooms-beside', 'rollout/engine/apply/x.ts', "import '../contract/diff.ts';"],
  ['rooms-beside', 'rollout/engine/contract/x.ts', "import '../judge/tick.ts';"],
  ['product-without-tests', 'convergence/server/x.ts', "import '../testing/postgres.ts';"],
  ['product-without-tests', 'base/x.ts', "import './clock.fake.ts';"],
  ['no-cycle', 'convergence/engine/pipeline/spec.ts', "import type { A } from './spec.ts';"],
  ['import-resolves', 'convergence/engine/run/x.ts', "import './gone.ts';"],
];

function rulesBroken(files: Record<string, string>): string[] {
  return withPlantedTree(files, (root) => checkDirection(root).map(({ rule }) => rule));
}

test('a tree that keeps the rules passes', () => {
  assert.deepEqual(rulesBroken(clean), []);
});

for (const [rule, file, source] of planted) {
  test(`${rule}: ${file} with ${source}`, () => {
    const tree = { ...clean, 'base/clock.fake.ts': '', [file]: source };
    assert.deepEqual(rulesBroken(tree), [rule]);
  });
}

test('every rule is proved', () => {
  const proved = new Set(planted.map(([rule]) => rule));
  assert.deepEqual(
    directionRules.filter(({ name }) => !proved.has(name)).map(({ name }) => name),
    [],
  );
});

test('a violation names the place, the import and the reason', () => {
  const file = 'convergence/engine/run/x.ts';
  const tree = { ...clean, [file]: "// first line\n\nimport { Client } from 'pg';\n" };
  assert.deepEqual(withPlantedTree(tree, checkDirection), [
    {
      rule: 'engine-without-io',
      file,
      line: 3,
      message:
        'must not import npm:pg: what only computes can be tested without the world, and run anywhere',
    },
  ]);
});

test('a circle through several files is told once, with the way round', () => {
  const tree = {
    'base/a.ts': "import './b.ts';",
    'base/b.ts': "import type { C } from './c.ts';",
    'base/c.ts': "export type { A } from './a.ts'; import './d.ts';",
    'base/d.ts': '',
  };
  assert.deepEqual(withPlantedTree(tree, checkDirection), [
    {
      rule: 'no-cycle',
      file: 'base/a.ts',
      message: 'imports itself through base/b.ts -> base/c.ts -> base/a.ts',
    },
  ]);
});
