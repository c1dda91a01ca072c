import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { openPostgres } from './open-postgres.ts';
import { translateError } from '../translate-error.ts';

test('a connection that the server ends during a transaction is replaced, and nothing else ends', async () => {
  const server = await openTestDatabase();
  const lost = openPostgres({ url: server.url, maxConnections: 1 });
  const other = openPostgres({ url: server.url, maxConnections: 1 });
  after(async () => {
    await lost.close();
    await other.close();
    await server.drop();
  });

  const transaction = lost.db.transaction().execute(async (db) => {
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(db);
    const pid = rows[0]?.pid;
    await sql`SELECT pg_terminate_backend(${pid})`.execute(other.db);
    const alive = () => sql`SELECT FROM pg_stat_activity WHERE pid = ${pid}`.execute(other.db);
    while ((await alive()).rows.length > 0);
    await sql`SELECT 1`.execute(db);
  });
  const error = await transaction.catch(translateError);
  assert.equal((error as { code?: string }).code, 'database_unreachable');
  assert.deepEqual((await sql`SELECT 1 AS one`.execute(lost.db)).rows, [{ one: 1 }]);
});
