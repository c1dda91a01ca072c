import { Client } from 'pg';

/** The rows of a query over all tenants, on a connection of its own: an earlier one may be dead. */
export async function readRows<Row extends object>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client(url);
  // A server that is killed ends idle connections too.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query("SELECT set_config('convergence.tenant_id', '*', false)");
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
