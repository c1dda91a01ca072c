import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { openControlDatabase } from '../../adapters/postgres/open-control-database.ts';
import { CliProcess } from '../../cli/cli-process.fake.ts';
import { openTestDatabase } from '../../testing/postgres.ts';

const ADMIN_KEY = 'planted-admin-key-0123456789-0123456789';
const PEPPER = 'planted-pepper-0123456789-0123456789';
const TOKEN = 'planted-token-0123456789';
const NEXT_TOKEN = 'planted-next-token-0123456789';

const folder = mkdtempSync(join(tmpdir(), 'planted-'));
const configs = join(folder, 'configs');
const database = await openTestDatabase();
const env = {
  DATABASE_URL: database.url,
  ADMIN_API_KEY: ADMIN_KEY,
  API_KEY_PEPPER: PEPPER,
  CONFIG_DIR: configs,
  DATA_DIR: join(folder, 'data'),
  LOG_LEVEL: 'debug',
  API_PORT: '0',
};
/** Refuses everybody, and repeats what it was sent. */
const source = createServer((request, response) => {
  response.writeHead(403, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: 'no', sent: request.headers }));
});
const platform = new CliProcess(['dev'], { folder, env });
after(async () => {
  platform.child.kill('SIGKILL');
  await platform.ended;
  source.close();
  await database.drop();
  rmSync(folder, { recursive: true });
});

/** Every cell of every table, as text; bytes as they are. */
async function dumpDatabase(): Promise<string> {
  const opened = await openControlDatabase({ databaseUrl: database.url, dataDir: '' });
  try {
    return await opened.withOperator(async (db) => {
      const { rows } = await sql<{ name: string }>`
        SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
        WHERE table_schema IN ('tenants', 'convergence')`.execute(db);
      const dumps = rows.map(async ({ name }) => {
        const cells = await sql`SELECT t::text, encode(t::text::bytea, 'escape') AS bytes
          FROM ${sql.table(name)} t`.execute(db);
        return JSON.stringify(cells.rows);
      });
      return (await Promise.all(dumps)).join('\n');
    });
  } finally {
    await opened.close();
  }
}

function writeConfigs(): void {
  const { port } = source.address() as AddressInfo;
  for (const path of ['sources', 'pipelines']) {
    mkdirSync(join(configs, 'acme_corp', path), { recursive: true });
  }
  writeFileSync(
    join(configs, 'acme_corp/sources/s.yml'),
    `client:\n  base_url: http://127.0.0.1:${port}\n  auth: { type: bearer, token: '{{ secrets.t }}' }\nresources: [rows]\n`,
  );
  writeFileSync(
    join(configs, 'acme_corp/pipelines/p.yml'),
    'pipeline_id: p\nsteps: [{ name: load, type: ingest, source_config: sources/s.yml }]\n',
  );
}

/** What the command said, and what others could see of it. */
async function putByCli(url: string): Promise<string[]> {
  const put = new CliProcess(['credential', 'put', 't', '--url', url, '--tenant', 'acme_corp'], {
    folder,
    env,
  });
  put.child.stdin.end(`${TOKEN}\n`);
  const shown = `/proc/${put.child.pid}/cmdline`;
  const listed = existsSync(shown) ? readFileSync(shown, 'utf8') : '';
  const { code, stdout, stderr } = await put.ended;
  assert.equal(code, 0, stderr);
  return [listed, stdout, stderr];
}

/** Requests whose answers are kept. */
function callerOf(url: string, said: string[]) {
  return async (route: string, headers: Record<string, string>, body?: object) => {
    const [method = 'GET', path = ''] = route.split(' ');
    const reply = await fetch(url + path, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : null,
    });
    const text = await reply.text();
    said.push(text, JSON.stringify([...reply.headers]));
    return JSON.parse(text || '{}') as Record<string, unknown>;
  };
}

test('planted secrets are in no output, answer, row, file or list of processes', async () => {
  await once(source.listen(0, '127.0.0.1'), 'listening');
  await platform.sees(/Ctrl-C stops it/);
  const url = / is at (http:\S+)/.exec(platform.seen())?.[1] ?? '';
  const said: string[] = [];
  const call = callerOf(url, said);
  const admin = { 'x-admin-key': ADMIN_KEY };
  const { api_key: key } = await call('POST /api/v1/tenants/onboard', admin, {
    tenant_id: 'acme_corp',
    sample_pipeline: false,
  });
  const { admin_key: anna } = await call('POST /api/v1/admin/admin-keys', admin, { name: 'anna' });
  // These answers show a key, which is what they are for.
  said.length = 0;
  const tenant = { 'x-api-key': String(key) };

  writeConfigs();
  said.push(...(await putByCli(url)));

  await call('POST /api/v1/sources/check', tenant, { source: 'sources/s.yml' });
  await call('POST /api/v1/sources/preview', tenant, { source: 'sources/s.yml', resource: 'rows' });
  const run = await call('POST /api/v1/pipelines/run/p', tenant, {});
  const runUrl = `/api/v1/pipelines/runs/${String(run.pipeline_logging_id)}`;
  const followed = await fetch(`${url}${runUrl}/logs`, {
    headers: { ...tenant, accept: 'text/event-stream' },
  });
  // It ends with the run.
  said.push(await followed.text());
  const ended = await call(`GET ${runUrl}`, tenant);
  assert.equal(ended.status, 'FAILED');

  await call('PUT /api/v1/credentials/t', tenant, { value: NEXT_TOKEN });
  await call('PUT /api/v1/credentials/t', tenant, { valeu: NEXT_TOKEN });
  await call('GET /api/v1/credentials', tenant);
  const wrong: Record<string, string>[] = [
    { 'x-api-key': `${String(key)}x` },
    { 'x-admin-key': `${ADMIN_KEY}x` },
    { 'x-admin-key': `${String(anna)}x` },
  ];
  for (const headers of wrong) {
    await call('GET /api/v1/admin/admin-keys', headers);
    await call('GET /api/v1/tenants/me', headers);
  }
  await call('GET /api/v1/admin/api-keys', { 'x-admin-key': String(anna) });
  await call('GET /health/detailed', admin);
  await call('GET /openapi.json', {});
  said.push(await dumpDatabase());
  platform.child.kill('SIGTERM');
  const told = await platform.ended;
  said.push(told.stdout, told.stderr, readFileSync(join(env.DATA_DIR, 'master-keys'), 'utf8'));

  const all = said.join('\n');
  // What the source repeated arrived, with the token masked.
  assert.match(all, /403/);
  for (const planted of [ADMIN_KEY, PEPPER, TOKEN, NEXT_TOKEN, String(key), String(anna)]) {
    const at = all.indexOf(planted);
    assert.equal(at, -1, all.slice(Math.max(0, at - 200), at + 20));
  }
});
