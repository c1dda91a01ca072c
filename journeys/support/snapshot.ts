import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Journey } from './journey.ts';
import { SCOPE } from './journey.ts';
import { TENANT } from './shop-tenant.ts';

export type Snapshot = Awaited<ReturnType<typeof takeSnapshot>>;

/** Columns that differ between two runs that did the same. */
const OF_THE_MOMENT =
  /^(_loaded_at|quarantined_at|published_at|built_at|fence|attempt|startedAt|finishedAt|createdAt)$/;

/** Everything that a run leaves behind, without the times at which it did. */
export async function takeSnapshot(journey: Journey, folder: string) {
  const { runs } = journey.wiring.api;
  const { runs: found } = await runs.listRuns(SCOPE, { limit: 50 });
  const records = [];
  for (const { runId } of found) {
    const { steps, ...run } = await runs.getRun(SCOPE, runId);
    const results = await runs.listRuleResults(SCOPE, runId);
    records.push({ ...lasting(run), steps: steps.map(lasting), results });
  }
  const { usage } = await journey.wiring.api.quotas.readUsage(SCOPE);
  await journey.wiring.run.warehouse.close();
  return {
    runs: records,
    usage: { runs: usage.runsThisMonth, rows: usage.rowsThisMonth, bytes: usage.bytesThisMonth },
    tables: await readTables(join(folder, 'data', 'warehouse', `${TENANT}.duckdb`)),
    parts: await readdir(join(folder, 'data', 'parts', TENANT)).catch(() => []),
  };
}

/** Every row of every table, those of the product too, sorted. */
export async function readTables(file: string): Promise<Record<string, unknown[]>> {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const tables: Record<string, unknown[]> = {};
    const names = (await connection.runAndReadAll(TABLES)).getColumns()[0] ?? [];
    for (const name of names.map((value) => value as string)) {
      const rows = await connection.runAndReadAll(`FROM "${name}" ORDER BY ALL`);
      tables[name] = rows.getRowObjectsJson().map(lasting);
    }
    return tables;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const TABLES = `SELECT table_name FROM information_schema.tables
  WHERE table_name <> '_convergence_fences' ORDER BY table_name`;

function lasting(record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !OF_THE_MOMENT.test(name)));
}

/** Compares piece by piece, so that a failure names the table that differs. */
export function assertSame(actual: Snapshot, expected: Snapshot): void {
  assert.deepEqual(actual.runs, expected.runs);
  assert.deepEqual(actual.usage, expected.usage);
  assert.deepEqual(Object.keys(actual.tables), Object.keys(expected.tables));
  for (const [name, rows] of Object.entries(expected.tables)) {
    assert.deepEqual({ [name]: actual.tables[name] }, { [name]: rows });
  }
  assert.deepEqual(actual.parts, expected.parts);
}
