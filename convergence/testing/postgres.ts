import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startPostgres } from './postgres-server.ts';

export interface TestDatabase {
  /** A connection string of a role that owns this empty database and is no superuser. */
  readonly url: string;
  /** Ends its connections and removes it. */
  drop(): Promise<void>;
}

let ownServerUrl: Promise<string> | undefined;

/**
 * An empty database on a real PostgreSQL server, for one test file:
 *
 *     const db = await openTestDatabase();
 *     after(() => db.drop());
 *
 * `npm test` starts one server for all files and names it in TEST_POSTGRES_URL; without that, as in
 * `node --test x.test.ts`, the process starts its own, which ends with it. Where no PostgreSQL is
 * installed it throws and says how to get it.
 */
export async function openTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env.TEST_POSTGRES_URL ?? (await startOwnServer());
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

function startOwnServer(): Promise<string> {
  ownServerUrl ??= startPostgres().then((server) => server.url);
  return ownServerUrl;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
