import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

export const FORMATS = ['ndjson', 'csv', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

export interface Input {
  readonly format: Format;
  readonly path: string;
  readonly sizeBytes: number;
  readonly rows: number;
}

/** Bytes of one row in each format, measured; to make files of a size. */
const ROW_BYTES: Readonly<Record<Format, number>> = { ndjson: 256, csv: 107, parquet: 61 };

/**
 * A file of orders of about `sizeBytes`, the same each time; kept for the next run. CSV has the
 * address flat, and no tags.
 */
export async function writeInput(
  folder: string,
  format: Format,
  sizeBytes: number,
): Promise<Input> {
  const rows = Math.ceil(sizeBytes / ROW_BYTES[format]);
  const path = join(folder, `orders-${rows}.${format}`);
  const exists = await stat(path).catch(() => null);
  if (!exists) {
    await mkdir(folder, { recursive: true });
    await copyOrders(`${path}.part`, format, rows);
    await rename(`${path}.part`, path);
  }
  return { format, path, sizeBytes: (await stat(path)).size, rows };
}

async function copyOrders(path: string, format: Format, rows: number): Promise<void> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const orders = selectOrders(rows);
  const flat = `SELECT * EXCLUDE (address, tags), address.country, address.city FROM (${orders})`;
  const options = { ndjson: 'json', csv: 'csv', parquet: 'parquet' }[format];
  await connection.run(
    `COPY (${format === 'csv' ? flat : orders}) TO '${path}' (FORMAT ${options})`,
  );
  connection.closeSync();
  instance.closeSync();
}

function selectOrders(rows: number): string {
  return `
    SELECT i AS id,
      'user_' || (hash(i) % 100000) AS user_name,
      TIMESTAMP '2024-01-01' + to_seconds(i % 31536000) AS created_at,
      round((hash(i * 7) % 1000000) / 100.0, 2)::DOUBLE AS amount,
      ['EUR', 'USD', 'GBP', 'JPY'][(hash(i * 3) % 4)::INTEGER + 1] AS currency,
      (hash(i * 5) % 100)::BIGINT AS quantity,
      hash(i * 11) % 2 = 0 AS active,
      CASE WHEN i % 17 <> 0 THEN 'note ' || md5(i::VARCHAR) END AS note,
      {'country': ['DE', 'FR', 'US', 'JP', 'BR'][(hash(i * 13) % 5)::INTEGER + 1],
       'city': 'city_' || (hash(i) % 5000),
       'zip': (hash(i) % 90000 + 10000)::VARCHAR} AS address,
      CASE WHEN i % 3 = 0 THEN ['a', 'b'] ELSE ['c'] END AS tags
    FROM range(${rows}) AS orders(i)`;
}
