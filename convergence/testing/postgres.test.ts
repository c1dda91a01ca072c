import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { after, test } from 'node:test';
import { Client } from 'pg';
import { openTestDatabase } from './postgres.ts';
import { startPostgres } from './postgres-server.ts';

async function rowsOf(url: string, sql: string): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    const result = await client.query<Record<string, unknown>>(sql);
    return result.rows;
  } finally {
    await client.end();
  }
}

test('a database is empty, its own, and gone after drop', async () => {
  const [first, second] = await Promise.all([openTestDatabase(), openTestDatabase()]);
  after(() => second.drop());
  await rowsOf(first.url, 'CREATE TABLE t (id int)');
  const tables = "SELECT count(*)::int AS n FROM information_schema.tables WHERE table_name = 't'";

  assert.deepEqual(await rowsOf(first.url, tables), [{ n: 1 }]);
  assert.deepEqual(await rowsOf(second.url, tables), [{ n: 0 }]);
  await first.drop();
  await assert.rejects(rowsOf(first.url, 'SELECT 1'), /does not exist/);
});

test('its role is bound by row-level security', async () => {
  const db = await openTestDatabase();
  after(() => db.drop());
  const sql = 'SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user';
  assert.deepEqual(await rowsOf(db.url, sql), [{ rolsuper: false, rolbypassrls: false }]);
});

test('stop ends the server and removes its folder', async () => {
  const server = await startPostgres();
  const folder = new URL(server.url).searchParams.get('host') ?? '';
  assert.ok(existsSync(folder));
  await server.stop();
  assert.ok(!existsSync(folder));
  await assert.rejects(rowsOf(server.url, 'SELECT 1'), /ENOENT|ECONNREFUSED/);
});

test('a durable server that was killed comes back with what it had confirmed', async () => {
  const server = await startPostgres({ isDurable: true });
  try {
    await rowsOf(server.url, 'CREATE DATABASE kept');
    const url = server.url.replace('/postgres?', '/kept?');
    await rowsOf(url, 'CREATE TABLE t (id int)');
    await rowsOf(url, 'INSERT INTO t VALUES (1)');
    await server.crash();
    await rowsOf(url, 'INSERT INTO t VALUES (2)');
    await server.crash();
    assert.deepEqual(await rowsOf(url, 'SELECT id FROM t'), [{ id: 1 }, { id: 2 }]);
  } finally {
    await server.stop();
  }
});

test('kill -9 of the process that started a server ends the server too', async () => {
  const script = `
    import { startPostgres } from ${JSON.stringify(import.meta.resolve('./postgres-server.ts'))};
    console.log(new URL((await startPostgres()).url).searchParams.get('host'));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const folder = line.toString().trim();
  assert.ok(existsSync(folder));

  const gone = untilGone(folder);
  child.kill('SIGKILL');
  await gone;
});

/** The supervisor removes the folder last, after the server. */
async function untilGone(folder: string): Promise<void> {
  for await (const _ of watchFolder(dirname(folder))) {
    if (!existsSync(folder)) return;
  }
}

async function* watchFolder(folder: string): AsyncGenerator {
  const watcher = watch(folder);
  try {
    while (true) yield await once(watcher, 'change');
  } finally {
    watcher.close();
  }
}
