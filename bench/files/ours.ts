import { link, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemClock } from 'base/clock.ts';
import { createDuckdbWarehouse } from '../../convergence/adapters/duckdb/warehouse.ts';
import { planTable } from '../../convergence/engine/flow/normalize/plan-table.ts';
import type { Part } from '../../convergence/engine/flow/part.ts';
import type { Dataset } from '../../convergence/engine/flow/warehouse.ts';
import type { Rule } from '../../convergence/engine/pipeline/spec/check-spec.ts';
import { tenantScope } from '../../convergence/engine/tenant/tenant-scope.ts';
import { tellUsage } from '../measure/fresh-run.ts';
import type { Input } from './write-input.ts';

/** The whole ingest path of Convergence over a file, or over `copies` hard links to it. */
const { input, copies, memoryLimitBytes } = JSON.parse(process.argv[2] ?? '') as {
  input: Input;
  copies: number;
  /** Absent: as the product decides. */
  memoryLimitBytes?: number;
};

const RULES: readonly Rule[] = [
  { rule: 'not_be_null', column: 'id', severity: 'error' },
  {
    rule: 'be_in_set',
    column: 'currency',
    value_set: ['EUR', 'USD', 'GBP', 'JPY'],
    severity: 'error',
  },
  {
    rule: 'be_between',
    column: 'amount',
    min_value: 0,
    max_value: 10_000,
    strict_min: false,
    strict_max: false,
    severity: 'error',
  },
  { rule: 'match_regex', column: 'user_name', regex: '^user_[0-9]+$', severity: 'error' },
  { rule: 'value_lengths_between', column: 'note', min_value: 1, max_value: 100, severity: 'warn' },
];
// Beside the input: hard links do not reach another file system.
const dataDir = await mkdtemp(join(dirname(input.path), 'bench-ours-'));
const warehouse = createDuckdbWarehouse({
  dataDir,
  clock: systemClock,
  memoryLimitBytes,
});
const parts = await linkParts(join(dataDir, 'parts', 'bench'));

const startedAt = performance.now();
const rows = await warehouse.withDataset(tenantScope('bench'), load);
const wallSeconds = (performance.now() - startedAt) / 1000;

await warehouse.close();
await rm(dataDir, { recursive: true });
tellUsage({ rows, wallSeconds });

async function linkParts(folder: string): Promise<Part[]> {
  await mkdir(folder, { recursive: true });
  const { format, sizeBytes } = input;
  const names = Array.from({ length: copies }, (_, copy) => `${copy}.${format}`);
  for (const name of names) await link(input.path, join(folder, name));
  return names.map((label) => ({
    path: join(folder, label),
    label,
    format,
    compression: 'none',
    sizeBytes,
  }));
}

async function load(dataset: Dataset): Promise<number> {
  const { signal } = new AbortController();
  const contract = { tables: 'evolve', columns: 'evolve', data_type: 'evolve' } as const;
  const current = await dataset.describeTable('orders');
  const needs = { table: 'orders', current, declared: null, contract, processing: [] };
  const names = { staging: 'staging', table: 'orders', loadId: 'load', runId: 'run' };
  const loadedAt = systemClock.now();
  const { plan, ...report } = await dataset.stage(
    {
      ...names,
      parts,
      plan: (incoming) => planTable({ ...needs, incoming }),
      rules: RULES,
      loadedAt,
    },
    signal,
  );
  const receipt = await dataset.publish(
    {
      ...names,
      plan,
      report,
      disposition: 'append',
      primaryKey: [],
      fence: 1n,
      declared: null,
      stateKey: 'orders',
      state: {},
      stateVersion: 0,
      loadedAt,
    },
    signal,
  );
  return receipt.rowsLoaded;
}
