import assert from 'node:assert/strict';
import { mkdtemp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { CliProcess } from '../convergence/cli/cli-process.fake.ts';
import type { OffboardAnswer } from '../convergence/server/api/contract/tenant/offboarding.ts';
import { openTestDatabase } from '../convergence/testing/postgres.ts';
import type { TestDatabase } from '../convergence/testing/postgres.ts';

const TENANT = 'acme_corp';
const HOOK = fileURLToPath(import.meta.resolve('./support/offboard-kill-hook.ts'));

/** One process after the other dies, each a little further than the one before. */
const KILLS = [
  'before rename tenant.json',
  'after beginLeaving',
  'before rename runs.json',
  'after link export.json',
  `after rmSync ${TENANT}.duckdb`,
  'after rename report.json',
  'after deleteTenant',
];

let folder: string;
let database: TestDatabase;
before(async () => {
  database = await openTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'convergence-leaving-'));
  await mkdir(join(folder, 'configs'));
});
after(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

function start(args: readonly string[], env: Record<string, string> = {}): CliProcess {
  const places = { CONFIG_DIR: 'configs', DATA_DIR: 'data', DATABASE_URL: database.url };
  return new CliProcess(args, { folder, env: { ...places, ...env } });
}

async function call(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await start(args).ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return stdout;
}

const OFFBOARD = ['tenant', 'offboard', TENANT, '--confirm', TENANT, '--json'];

test('an offboarding that is killed again and again goes on, and ends whole', async () => {
  await call('tenant', 'onboard', TENANT, '--json');
  await call('run', 'orders', '--tenant', TENANT, '--json');
  for (const point of KILLS) {
    const env = { NODE_OPTIONS: `--import=${HOOK}`, KILL_AT: point };
    const { child, ended } = start(OFFBOARD, env);
    const { stderr } = await ended;
    assert.deepEqual([point, child.signalCode, stderr], [point, 'SIGKILL', '']);
  }
  const report = JSON.parse(await call(...OFFBOARD)) as OffboardAnswer;
  const { tables, records } = report.exported;
  const rows = Object.fromEntries(tables.map(({ name, rows: count }) => [name, count]));
  assert.deepEqual(rows, { _quarantine: 2, daily_sales: 2, orders: 3 });
  const place = join(folder, 'data', report.folder ?? '');
  for (const { file, rows: count } of tables) {
    assert.equal(await countRows(join(place, file ?? '')), count);
  }
  for (const { file, rows: count } of records) {
    const read = JSON.parse(await readFile(join(place, file ?? ''), 'utf8')) as object[];
    assert.equal(read.length, count);
  }
  const left = (await readdir(join(folder, 'data'), { recursive: true })).filter(
    (path) => path.includes(TENANT) && !path.startsWith('exports'),
  );
  const drafts = (await readdir(place, { recursive: true })).filter((name) => /\d$/.test(name));
  assert.deepEqual({ left, drafts }, { left: [], drafts: [] });
  const { tenants } = JSON.parse(await call('tenant', 'list', '--json')) as { tenants: object[] };
  assert.deepEqual(tenants, []);
});

async function countRows(file: string): Promise<unknown> {
  const connection = await (await DuckDBInstance.create()).connect();
  const result = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM '${file}'`);
  connection.disconnectSync();
  return result.getRows()[0]?.[0];
}
