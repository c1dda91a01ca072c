import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Socket } from 'node:net';
import { sql } from 'kysely';
import { Pool } from 'pg';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { openPostgres } from './open-postgres.ts';
import { PreparingPool } from './preparing-pool.ts';

test('a statement is prepared once, and anew after its columns have changed', async () => {
  const server = await openTestDatabase();
  const connection = openPostgres({ url: server.url, maxConnections: 1 });
  const { db } = connection;
  after(() => connection.close().then(() => server.drop()));
  await sql`CREATE TABLE amount (value integer)`.execute(db);
  await sql`INSERT INTO amount VALUES (1), (2)`.execute(db);
  const largest = async (limit: number) => {
    const { rows } = await sql`SELECT value FROM amount WHERE value <= ${limit}
      ORDER BY value DESC LIMIT 1`.execute(db);
    return rows;
  };

  assert.deepEqual([await largest(1), await largest(2)], [[{ value: 1 }], [{ value: 2 }]]);
  const { rows } = await sql`SELECT count(*)::integer AS prepared FROM pg_prepared_statements
    WHERE statement LIKE 'SELECT value%'`.execute(db);
  assert.deepEqual(rows, [{ prepared: 1 }]);

  await sql`ALTER TABLE amount ALTER value TYPE numeric`.execute(db);
  await assert.rejects(largest(1), { code: '0A000' });
  assert.deepEqual(await largest(1), [{ value: '1' }]);
});

test('a connection that is cut before its session has begun gives its place back', async () => {
  const server = await openTestDatabase();
  const pool = new Pool({ connectionString: server.url, max: 1, connectionTimeoutMillis: 2_000 });
  pool.on('connect', (client) => client.on('error', () => undefined));
  after(() => pool.end().then(() => server.drop()));
  const prepared = new PreparingPool(pool, `SELECT set_config('test.begun', 'yes', false)`);
  pool.once('connect', (client) => {
    (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
  });
  await assert.rejects(prepared.connect(), /Connection terminated/);
  const client = await prepared.connect();
  const { rows } = await client.query<{ begun: string }>(
    `SELECT current_setting('test.begun') AS begun`,
    [],
  );
  client.release();
  assert.deepEqual(rows, [{ begun: 'yes' }]);
});
