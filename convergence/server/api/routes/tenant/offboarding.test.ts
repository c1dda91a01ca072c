import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { systemClock } from 'base/clock.ts';
import { offboardTenant } from '../../../../engine/tenant/offboard/offboard-tenant.ts';
import type { OffboardDeps } from '../../../../engine/tenant/offboard/offboard-tenant.ts';
import { tenantScope } from '../../../../engine/tenant/tenant-scope.ts';
import { openTestApi } from '../../test-api.fake.ts';
import type { TestApi } from '../../test-api.fake.ts';

const root = '/api/v1/admin/tenants';

let api: TestApi;
before(async () => {
  api = await openTestApi();
});
after(() => api.close());

/** A tenant with a table of three rows, a raw part, and a run that has ended. */
async function makeTenant(tenantId: string): Promise<string> {
  const key = await api.onboard(tenantId);
  const scope = tenantScope(tenantId);
  const runs = { pipelineId: 'orders', triggerBy: 'test', parameters: {} };
  const { runId } = await api.deps.runs.admitRun(scope, runs);
  await api.deps.runs.cancelRun(scope, runId, 'test');
  const place = { file: 'transforms/orders.sql', firstLine: 1, runId, fence: 1n };
  const model = { name: 'orders', materialized: 'table', uniqueKey: [] } as const;
  const sql = "SELECT i AS id, 'a' AS name FROM range(3) t(i)";
  await api.deps.warehouse.withDataset(scope, (data) =>
    data.buildModel({ ...model, ...place, sql, builtAt: new Date() }, new AbortController().signal),
  );
  const broken = { name: 'lost', materialized: 'view', uniqueKey: [] } as const;
  await api.deps.warehouse.withDataset(scope, (data) =>
    data.buildModel(
      { ...broken, ...place, sql: 'SELECT * FROM orders', builtAt: new Date() },
      new AbortController().signal,
    ),
  );
  return key;
}

function dataFile(...path: string[]): string {
  return join(api.deps.settings.DATA_DIR, ...path);
}

test('a removed tenant leaves no table to a later one of its name', async () => {
  await makeTenant('acme_corp');
  const removed = await api.admin(`DELETE ${root}/acme_corp?confirm=acme_corp`);
  assert.equal(removed.status, 200);
  assert.ok((removed.body.removed as { warehouse_bytes: number }).warehouse_bytes > 0);
  assert.deepEqual(await readdir(dataFile('warehouse', 'spill')), []);

  const key = await api.onboard('acme_corp');
  const { body } = await api.call('GET /api/v1/tables', { key });
  const names = (body.tables as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(names, ['_quarantine']);
});

test('offboarding asks for a confirmation, exports, removes, and tells it again', async () => {
  const key = await makeTenant('blue_corp');
  await api.writeConfig('blue_corp/pipelines/orders.yml', 'pipeline_id: orders\nsteps: []\n');
  const url = `POST ${root}/blue_corp/offboard`;
  const unsure = await api.admin(url, { confirm: 'acme_corp' });
  assert.deepEqual([unsure.status, unsure.body.code], [409, 'confirmation_needed']);
  const climbing = await api.admin(url, { confirm: 'blue_corp', folder: '../blue' });
  assert.equal(climbing.status, 422);

  const done = await api.admin(url, { confirm: 'blue_corp', folder: 'blue-2026' });
  assert.equal(done.status, 200, done.text);
  const { exported, removed, folder } = done.body as {
    folder: string;
    exported: Record<'tables' | 'records', { name: string; rows: number }[]>;
    removed: { rows: Record<string, number> };
  };
  assert.equal(folder, 'exports/blue-2026');
  const counts = (files: { name: string; rows: number }[]) =>
    Object.fromEntries(files.map(({ name, rows }) => [name, rows]));
  assert.deepEqual(counts(exported.tables), { _quarantine: 0, lost: 3, orders: 3 });
  const { run_events: events, ...records } = counts(exported.records);
  assert.ok((events ?? 0) >= 2);
  assert.deepEqual(records, {
    profile: 1,
    subscription: 1,
    usage: 1,
    api_keys: 1,
    cloud_credentials: 0,
    configs: 0,
    schedules: 0,
    runs: 1,
    steps: 0,
    quality_results: 0,
  });
  assert.equal(removed.rows['tenants.tenant_profiles'], 1);

  assert.deepEqual(await columnsOf(dataFile(folder, 'records', 'api_keys.json')), KEY_COLUMNS);
  assert.deepEqual(await readParquet(dataFile(folder, 'tables', 'orders.parquet')), [[3n, 3n]]);
  assert.equal((await api.call('GET /api/v1/tenants/me', { key })).status, 401);
  await api.writeConfig('blue_corp/checks/still.yml', '# the folder belongs to the operator\n');

  assert.deepEqual(
    (await api.admin(url, { confirm: 'blue_corp', folder: 'blue-2026' })).body,
    done.body,
  );
  await api.onboard('blue_corp');
  const used = await api.admin(url, { confirm: 'blue_corp', folder: 'blue-2026' });
  assert.deepEqual([used.status, used.body.code], [409, 'export_exists']);
  assert.equal((await api.admin(`GET ${root}/blue_corp`)).body.status, 'active');
});

/** No hash among them, of this key or of the one that replaced it. */
const KEY_COLUMNS = [
  'created_at',
  'created_by',
  'description',
  'expires_at',
  'last_used_at',
  'prefix',
  'revoked_at',
  'scopes',
  'tenant_id',
];

async function columnsOf(file: string): Promise<string[]> {
  const [first = {}] = JSON.parse(await readFile(file, 'utf8')) as object[];
  return Object.keys(first).toSorted();
}

async function readParquet(file: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create()).connect();
  const query = `SELECT count(*), sum(id)::BIGINT FROM read_parquet('${file}')`;
  const result = await connection.runAndReadAll(query);
  connection.disconnectSync();
  return result.getRows();
}

/** Everything that an offboarding does, in order, each of which a crash can follow. */
const STEPS = [
  'openExport',
  'beginLeaving',
  'exportTables',
  'writeRecords',
  'writeManifest',
  'removeTables',
  'discardTenant',
  'forgetTenant',
  'writeReport',
  'deleteTenant',
];

for (const [at, crashing] of STEPS.entries()) {
  test(`offboarding goes on after a crash behind ${crashing}`, async () => {
    const tenantId = `crash_${at}`;
    await makeTenant(tenantId);
    const deps = depsOf(api);
    const wanted = { tenantId, folder: tenantId };
    await assert.rejects(offboardTenant(wanted, crashAfter(deps, crashing)), /kill -9/);
    if (at > 0 && crashing !== 'deleteTenant') {
      const { status } = (await api.admin(`GET ${root}/${tenantId}`)).body;
      assert.equal(status, 'offboarding');
      const resumed = await api.admin(`POST ${root}/${tenantId}/resume`);
      assert.deepEqual([resumed.status, resumed.body.code], [409, 'tenant_offboarding']);
    }
    const report = await offboardTenant(wanted, deps);
    const rows = Object.fromEntries(report.tables.map((table) => [table.name, table.rows]));
    assert.deepEqual(rows, { _quarantine: 0, lost: 3, orders: 3 });
    assert.ok(report.held.warehouseBytes > 0);
    assert.equal(report.removedRows['tenants.tenant_pipeline_runs'], 1);
    assert.equal((await api.admin(`GET ${root}/${tenantId}`)).status, 404);
    assert.equal(await deps.tables.measureTables(tenantScope(tenantId)), 0);
  });
}

function depsOf({ deps }: TestApi): OffboardDeps {
  const clock = { ...systemClock, sleep: () => Promise.resolve() };
  return { ...deps.offboarding, tenants: deps.tenants, clock };
}

/** The same, but nothing happens any more once a method of that name has done its work. */
function crashAfter(deps: OffboardDeps, method: string): OffboardDeps {
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const result: unknown = Reflect.apply(value, target, args);
          if (!(result instanceof Promise)) return result;
          return result.then((given: unknown) => {
            if (name === method) throw new Error('kill -9');
            return name === 'openExport' ? watch(given as object) : given;
          });
        };
      },
    });
  const { clock, ...parts } = deps;
  const entries = Object.entries(parts).map(([name, part]) => [name, watch(part)]);
  return { clock, ...(Object.fromEntries(entries) as Omit<OffboardDeps, 'clock'>) };
}
