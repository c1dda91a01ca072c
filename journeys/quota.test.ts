import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CliProcess } from '../convergence/cli/cli-process.fake.ts';
import type { RunListAnswer } from '../convergence/server/api/contract/run/run.ts';
import type { UsageAnswer } from '../convergence/server/api/contract/tenant/usage.ts';
import { LivePlatform } from './isolation/live-platform.ts';

const PLANS = `
plans:
  tiny:
    runs_per_day: 3
    runs_per_month: 1000
    concurrent_runs: 1
    rows_per_day: 100
    rows_per_month: 1000
    bytes_per_day: 1GB
    bytes_per_month: 1GB
    sources: 10
    max_memory: 512MB
    max_temp: 1GB
    max_query_seconds: 30
    max_result_rows: 10000
`;
const PIPELINE = `
pipeline_id: orders
steps:
  - { name: load, type: ingest, source_config: sources/orders.yml, retries: { max_attempts: 3 } }
`;
const resource = (name: string) =>
  `  - { name: ${name}, path: data/${name}.csv, write_disposition: append }\n`;
const SOURCE = `type: file\nresources:\n${resource('first')}${resource('second')}`;
/** A header of three bytes and 60 rows of three. */
const CSV = `id\n${Array.from({ length: 60 }, (_, nr) => nr + 10).join('\n')}\n`;
const TENANT = 'acme_corp';

let folder: string;
let platform: LivePlatform;
let key: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convergence-quota-'));
  await writeFile(join(folder, 'plans.yml'), PLANS);
  platform = await LivePlatform.start({ PLANS_FILE: join(folder, 'plans.yml') });
  const wanted = { tenant_id: TENANT, plan: 'tiny', sample_pipeline: false };
  const { text } = await platform.admin('POST /api/v1/tenants/onboard', wanted);
  ({ api_key: key } = JSON.parse(text) as { api_key: string });
  await platform.writeConfig(`${TENANT}/pipelines/orders.yml`, PIPELINE);
  await platform.writeConfig(`${TENANT}/sources/orders.yml`, SOURCE);
  for (const name of ['first', 'second']) {
    await platform.writeConfig(`${TENANT}/data/${name}.csv`, CSV);
  }
});
after(async () => {
  await platform.remove();
  await rm(folder, { recursive: true });
});

async function cli(...args: string[]) {
  const env = { CONFIG_DIR: 'configs', DATA_DIR: 'data' };
  const { code, stdout, stderr } = await new CliProcess([...args, '--api-key', key], {
    folder: platform.folder,
    env,
  }).ended;
  return { code, stdout, stderr };
}

async function read<T>(route: string): Promise<T> {
  const { text } = await platform.ask(route, { headers: [['x-api-key', key]] });
  return JSON.parse(text) as T;
}

async function used(): Promise<Record<string, number>> {
  const { limits } = await read<UsageAnswer>('GET /api/v1/tenants/me/usage');
  const counted = limits.filter(({ name }) => name.endsWith('_per_day'));
  return Object.fromEntries(counted.map((limit) => [limit.name, limit.used]));
}

async function count(table: string): Promise<unknown> {
  const { text } = await platform.query(key, `SELECT count(*) FROM ${table}`);
  return (JSON.parse(text) as { rows?: unknown[][]; code?: string }).rows?.[0]?.[0] ?? text;
}

test('a load that does not fit is not published, and what is counted is what was published', async () => {
  const refusal = 'The plan allows 100 rows a day, and 60 were used; 60 more do not fit.';
  const failed = await cli('run', 'orders', '--watch');
  assert.match(failed.stderr, new RegExp(`is FAILED: ${refusal}`));
  assert.match(failed.stderr, /\[quota_exceeded\]/);
  const expected = { runs_per_day: 1, rows_per_day: 60, bytes_per_day: CSV.length };
  assert.deepEqual(await used(), expected);
  assert.equal(await count('first'), 60);
  assert.match(String(await count('second')), /second/);

  const { runs } = await read<RunListAnswer>('GET /api/v1/pipelines/runs');
  const again = await cli('restart', runs[0]?.pipeline_logging_id ?? '', '--watch');
  assert.match(again.stderr, new RegExp(refusal));
  assert.deepEqual(await used(), { ...expected, runs_per_day: 2 });
  assert.equal(await count('first'), 60);
});

test('a trigger beyond the plan is refused at once, and no run is made or counted', async () => {
  await cli('run', 'orders', '--watch');
  const { code, stderr } = await cli('run', 'orders', '--watch');
  assert.match(stderr, /The plan allows 3 runs a day, and 3 were used\./);
  assert.equal(code, 6);
  assert.equal((await used()).runs_per_day, 3);
  const { runs } = await read<RunListAnswer>('GET /api/v1/pipelines/runs');
  assert.deepEqual(
    runs.map(({ failure }) => failure?.code),
    ['quota_exceeded', 'quota_exceeded', 'quota_exceeded'],
  );
});
