import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBTimeValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api';
import type { DuckDBStructValue, DuckDBValue } from '@duckdb/node-api';
import type { Field } from 'googlesql/field.ts';
import type { SchemaField } from '../resource/schema.ts';
import { ByteWriter } from '../value/byte-writer.ts';
import { SCALES } from '../value/decimal.ts';
import { writeRow } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { quote } from './duck-db.ts';
import type { DuckDb } from './duck-db.ts';
import { readingError } from './load-error.ts';
import { parquetFields } from './parquet-fields.ts';
import type { ParquetOptions } from './parquet-fields.ts';

export interface LoadedRows {
  readonly fields: readonly SchemaField[];
  readonly rows: readonly Buffer[];
  readonly badRecords: number;
}

export interface ParquetFile {
  readonly path: string;
  /** As messages name it. */
  readonly name: string;
}

/** The columns that a file has, as a load with autodetection makes them. */
export function inferParquet(
  duckDb: DuckDb,
  file: ParquetFile,
  options: ParquetOptions,
): Promise<SchemaField[]> {
  return duckDb.use(async (connection) => {
    const reader = await connection
      .runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${quote(file.path)})`)
      .catch((error: Error) => {
        throw readingError(
          `Input file is not in Parquet format. (${error.message.split('\n')[0]})`,
          file.name,
        );
      });
    const columns = reader.getRowObjects().map(({ column_name, column_type }) => ({
      name: String(column_name),
      type: String(column_type),
    }));
    return parquetFields(columns, options, file.name);
  });
}

/** By name; a column that the file lacks is null. */
export function readParquet(
  duckDb: DuckDb,
  file: ParquetFile,
  fields: readonly Field[],
): Promise<Buffer[]> {
  return duckDb.use(async (connection) => {
    const result = await connection.stream(`SELECT * FROM read_parquet(${quote(file.path)})`);
    const names = result.columnNames().map((name) => name.toLowerCase());
    const places = fields.map(({ name }) => names.indexOf(name.toLowerCase()));
    const writer = new ByteWriter();
    const rows: Buffer[] = [];
    for (
      let chunk = await result.fetchChunk();
      chunk && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      const columns = places.map((place) => (place === -1 ? null : chunk.getColumnValues(place)));
      for (let row = 0; row < chunk.rowCount; row++) {
        const values = fields.map((field, at) => toValue(field, columns[at]?.[row] ?? null));
        requireValues(fields, values, file.name);
        writeRow(writer, fields, values);
        rows.push(writer.take());
      }
    }
    return rows;
  });
}

function requireValues(fields: readonly Field[], values: readonly Value[], file: string): void {
  const missing = fields.findIndex(({ mode }, at) => mode === 'REQUIRED' && values[at] === null);
  if (missing === -1) return;
  throw readingError(`Required column value for column index: ${missing} is missing in row.`, file);
}

/** Of what DuckDB reads for a column whose type is the field's. */
function toValue(field: Field, value: DuckDBValue): Value {
  if (field.mode === 'REPEATED')
    return elementsOf(value).map((one) => toValue({ ...field, mode: 'NULLABLE' }, one));
  if (value === null) return null;
  if (field.type === 'RECORD') {
    // Without list inference, a list is a record of `list` with records of `element`.
    if (value instanceof DuckDBListValue)
      return [value.items.map((item) => [toValue(field.fields?.[0]?.fields?.[0] ?? field, item)])];
    const entries = new Map(
      Object.entries((value as DuckDBStructValue).entries).map(([name, one]) => [
        name.toLowerCase(),
        one,
      ]),
    );
    return (field.fields ?? []).map((one) =>
      toValue(one, entries.get(one.name.toLowerCase()) ?? null),
    );
  }
  if (field.type === 'NUMERIC' || field.type === 'BIGNUMERIC')
    return toDecimal(value, SCALES[field.type]);
  return toScalar(field.type, value);
}

function elementsOf(value: DuckDBValue): readonly DuckDBValue[] {
  return value instanceof DuckDBListValue ? value.items : [];
}

function toScalar(type: string, value: DuckDBValue): Value {
  if (type === 'INTEGER') return BigInt(value as number | bigint);
  if (type === 'FLOAT')
    return value instanceof DuckDBDecimalValue ? value.toDouble() : Number(value);
  if (value instanceof DuckDBBlobValue)
    return type === 'STRING' ? Buffer.from(value.bytes).toString() : value.bytes;
  if (type === 'BYTES') return Buffer.from(String(value));
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBTimeValue) return value.micros;
  return toMicros(value) ?? (value as boolean | string);
}

function toMicros(value: DuckDBValue): bigint | null {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return value.micros;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1000n;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 1_000_000n;
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos / 1000n;
  return null;
}

function toDecimal(value: DuckDBValue, scale: number): bigint {
  if (value instanceof DuckDBDecimalValue) return value.value * 10n ** BigInt(scale - value.scale);
  return BigInt(value as number | bigint) * 10n ** BigInt(scale);
}
