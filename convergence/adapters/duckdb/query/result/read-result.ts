import {
  DuckDBBlobValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  JsonDuckDBValueConverter,
} from '@duckdb/node-api';
import type { DuckDBResult, DuckDBType, DuckDBValueConverter, Json } from '@duckdb/node-api';
import { fail } from '../../../../engine/error-codes.ts';
import type { QueryResult } from '../../../../engine/flow/warehouse.ts';
import { rawSizeBytes } from './raw-size.ts';

/** Results are for people and pages; what is larger is a table. */
const MAX_RESULT_BYTES = 8 * 1024 * 1024;
/** Of the 2,048 rows that DuckDB gives at once; as values they take some five times as much. */
const MAX_CHUNK_BYTES = 16 * MAX_RESULT_BYTES;

/**
 * Up to `maxRows` rows of a streaming result as JSON, fewer where they are large. Only what fits the limit is ever in memory,
 * because DuckDB makes the rows as they are asked for.
 * @throws result_too_large
 */
export async function readResult(result: DuckDBResult, maxRows: number): Promise<QueryResult> {
  const types = result.columnTypes();
  const columns = result
    .columnNames()
    .map((name, index) => ({ name, type: String(types[index] ?? '') }));
  const rows: (readonly unknown[])[] = [];
  let sizeBytes = 0;
  for (let chunk = await result.fetchChunk(); chunk; chunk = await result.fetchChunk()) {
    if (rawSizeBytes(chunk) > MAX_CHUNK_BYTES) {
      if (rows.length === 0) throw tooLarge();
      return { columns, rows, truncated: true };
    }
    for (let index = 0; index < chunk.rowCount; index++) {
      if (rows.length === maxRows) return { columns, rows, truncated: true };
      const values = chunk.getRowValues(index);
      // The types of a chunk do not tell JSON from text, those of the result do.
      const row = types.map((type, column) => toJson(values[column] ?? null, type, toJson));
      sizeBytes += Buffer.byteLength(JSON.stringify(row));
      if (sizeBytes > MAX_RESULT_BYTES && rows.length === 0) throw tooLarge();
      if (sizeBytes > MAX_RESULT_BYTES) return { columns, rows, truncated: true };
      rows.push(row);
    }
    if (chunk.rowCount === 0) break;
  }
  return { columns, rows, truncated: false };
}

function tooLarge(): Error {
  const limit = `${MAX_RESULT_BYTES / 1024 / 1024} MiB`;
  return fail('result_too_large', `the first rows of the result are larger than ${limit}`, {
    hint: 'Select fewer columns, or parts of them.',
  });
}

const TIMESTAMPS: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_S,
  DuckDBTypeId.TIMESTAMP_MS,
  DuckDBTypeId.TIMESTAMP_NS,
]);
const INTEGERS: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
]);

/**
 * Times are RFC 3339 in UTC; integers that JavaScript cannot hold, decimals, NaN and infinity are
 * strings; binary is base64; JSON columns are what they hold.
 */
const toJson: DuckDBValueConverter<Json> = (value, type: DuckDBType, converter) => {
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  // Printed by itself it has the offset of the machine.
  if (value instanceof DuckDBTimestampTZValue) {
    return toInstant(String(new DuckDBTimestampValue(value.micros)));
  }
  const plain = JsonDuckDBValueConverter(value, type, converter);
  if (typeof plain !== 'string') return plain;
  if (TIMESTAMPS.has(type.typeId)) return toInstant(plain);
  if (INTEGERS.has(type.typeId)) return Number.isSafeInteger(Number(plain)) ? Number(plain) : plain;
  if (type.typeId === DuckDBTypeId.BLOB)
    return Buffer.from((value as { bytes: Uint8Array }).bytes).toString('base64');
  return type.alias === 'JSON' ? parseJson(plain) : plain;
};

/** DuckDB prints `2026-01-31 13:45:00.5`; infinity and years before 1 stay as they are. */
function toInstant(text: string): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$/.exec(text) ?? [];
  return day && time ? `${day}T${time}Z` : text;
}

function parseJson(text: string): Json {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const lost =
      typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
    return lost ? context?.source : value;
  }) as Json;
}
