import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { openTestDatabase } from '../../../testing/postgres.ts';
import { openPostgres } from './open-postgres.ts';

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
