import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { BEGIN_SESSION } from '../control-database.ts';
import type { ControlConnection } from '../control-database.ts';
import { NoticeListener } from './notice-listener.ts';
import { PreparingPool } from './preparing-pool.ts';

export interface PostgresOptions {
  readonly url: string;
  readonly maxConnections?: number;
}

/**
 * A pool of connections to a server. Nothing is connected before the first statement, which throws
 * `database_unreachable` when there is no server.
 */
export function openPostgres(options: PostgresOptions): ControlConnection {
  const pool = new Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    // A process that froze in the middle of a transaction must not hold its locks for ever.
    idle_in_transaction_session_timeout: 30_000,
    application_name: 'convergence',
  });
  // The pool drops a connection that the server ended, idle or in use, and the statement on it
  // fails; without both listeners the loss would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new PreparingPool(pool, BEGIN_SESSION) }),
  });
  const listener = new NoticeListener(options.url);
  return {
    db,
    listen: (channel, onNotice) => listener.listen(channel, onNotice),
    close: async () => {
      await listener.close();
      await db.destroy();
    },
  };
}
